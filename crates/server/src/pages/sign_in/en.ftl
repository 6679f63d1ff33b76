sign-in-title = Sign in
sign-in-stay = Stay signed in on this device
sign-out = Sign out
email = E-mail
password = Password
error-wrong-password = The e-mail address or the password is wrong.
error-too-many-tries = Too many tries. Wait a quarter of an hour.
done-signed-out = You are signed out.

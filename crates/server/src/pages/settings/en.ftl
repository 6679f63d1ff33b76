settings-title = Settings
appearance-title = Appearance
appearance-language = Language
appearance-browser = As the browser has it
appearance-theme = Theme
appearance-device = As the device has it
appearance-light = Light
appearance-dark = Dark
security-title = Security
sessions-title = Where you are signed in
sessions-count = { $count ->
    [one] { $count } browser
   *[other] { $count } browsers
  }
sessions-end-others = Sign out everywhere else
sessions-unknown = Unknown browser
sessions-this = This browser
sessions-begun = since { $moment }
sessions-seen = last used { $moment }
sessions-end = Sign out
done-session-ended = That browser is signed out.
done-sessions-ended = All other browsers are signed out.
password-change = Change the password
password-current = Your current password
done-password-changed = Your password is changed, and all other browsers are signed out.
second-factor-title = Second factor
second-factor-on = On
second-factor-off = Off
second-factor-about = After your password Muster asks for a code that an authenticator app on your phone shows. Whoever learns your password cannot sign in with it alone.
second-factor-begin = Set it up
second-factor-end = Turn it off
second-factor-codes = New recovery codes
second-factor-left = { $count ->
    [one] { $count } recovery code is left.
   *[other] { $count } recovery codes are left.
  }
second-factor-scan = Scan this picture with your authenticator app.
second-factor-type = Or type this into it:
second-factor-code = The code that it shows
second-factor-confirm = Turn it on
done-second-factor-ended = The second factor is off.
recovery-title = Your recovery codes
recovery-about = The second factor is on. Keep these codes where you find them without your phone: each opens your account once. They are not shown again.
recovery-kept = I have kept them
own-data-title = Your data
own-data-about = All that is stored about you, as a file that programs can read.
own-data-get = Download

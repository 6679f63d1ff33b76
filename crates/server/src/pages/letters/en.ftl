mail-hello = Hello,
mail-hello-name = Hello { $name },
mail-invitation-subject = { $sender } invites you to Muster
mail-invitation-body = { $sender } invites you to work together in Muster, where you find your colleagues, the company's structure and your groups.
mail-invitation-button = Accept the invitation
mail-invitation-foot = The link works once, within two weeks. If you do not know what this is about, just ignore this message.
mail-reset-subject = Set a new password
mail-reset-body = Someone, probably you, has asked for a new password for your account in Muster.
mail-reset-button = Set a new password
mail-reset-foot = The link works once, within an hour. If it was not you who asked, just ignore this message: your password stays as it is.
mail-registration-subject = Prove your address for Muster
mail-registration-body = Someone, probably you, wants to register in Muster with this e-mail address.
mail-registration-button = This is my address
mail-registration-foot = The link works once, within a day. If it was not you, just ignore this message: nothing happens then.
mail-confirmed-subject = Welcome to Muster
mail-confirmed-body = An administrator has let you in. Sign in with your e-mail address and the password you chose.
mail-confirmed-button = Sign in
mail-confirmed-foot = If you do not remember the password, you can set a new one there.
mail-refused-subject = Your registration in Muster
mail-refused-body = An administrator has not let you in. What you told about yourself is deleted within 30 days.
mail-refused-button = -
mail-refused-foot = If you think that this is a mistake, please talk to whoever gave you the link.
mail-waiting-subject = { $count ->
    [one] Someone waits to be let into Muster
   *[other] { $count } people wait to be let into Muster
}
mail-waiting-body = { $count ->
    [one] Someone has registered and proven their e-mail address. They can do and see nothing until an administrator lets them in.
   *[other] { $count } people have registered and proven their e-mail addresses. They can do and see nothing until an administrator lets them in.
}
mail-waiting-button = See who waits
mail-waiting-foot = You get this message as an administrator, once an hour at most.
outbox-title = Outbox
outbox-about = This is a demo: what would be sent by mail is kept here. A mail that has been answered cannot be opened again.
outbox-empty = There is nothing yet.
outbox-to = To
outbox-what = What
outbox-when = When
outbox-invitation = Invitation
outbox-reset = New password
outbox-registration = Registration
outbox-confirmed = Let in
outbox-waiting = People who wait
outbox-refused = Refused

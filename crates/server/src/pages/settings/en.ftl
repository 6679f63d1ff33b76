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

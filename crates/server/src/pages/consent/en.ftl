consent-title = Let { $app } act for you?
consent-about = The application at { $origin } wants to act on your behalf. It will be able to use:
consent-nothing = Nothing but the basics: your name and your photo.
consent-allow = Allow
consent-refuse = If you did not ask for this, close this page.

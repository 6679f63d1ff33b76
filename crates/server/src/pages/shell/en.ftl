skip = Skip to the content
menu-waiting = waiting to be let in
main-menu = Main menu
account-menu = Your account
go-home = Go to the start page
save = Save
cancel = Cancel
day = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
  } { $day }, { $year }
problem-refused = You may not do that
problem-not-found = There is nothing here
problem-busy = Please wait a little
problem-broken = Something broke
problem-not-possible = That is not possible
error-not-found = The page does not exist, or it is not for you.
error-form-expired = This form is no longer valid. Go back, reload the page and try again.
error-internal-server-error = Something went wrong on our side. It has been written down; please try again.
error-overload-limit = Muster is very busy right now. Please try again in a moment.
error-access-denied = You do not have the right to do that.
error-request-too-large = What you sent is too large.
done-saved = Saved.
slider-close = Close
slider-own-page = Open separately

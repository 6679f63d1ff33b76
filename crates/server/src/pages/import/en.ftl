import-title = Import people
import-file = A CSV file
import-file-about = At most 8 MB and 10,000 people. Commas, semicolons or tabs; UTF-8, or what spreadsheets save.
import-upload = Upload and check
import-template = A template
import-how = How it goes
import-how-file = Save a spreadsheet as CSV. Its first line says what the columns are, in English or Russian or by the codes of fields.
import-how-check = Every line is checked and nothing is changed yet. You see what is wrong, line by line, and can correct which column is what.
import-how-all = All of the people are added in one step, or none of them.
import-how-values = Departments are named by name, by path such as “Sales / South” or by ID; several values have semicolons between them. Dates are written 1990-12-31 or 31.12.1990.
import-no-file = Choose a file first.
import-too-large = The file is larger than 8 MB.
import-no-text = This is not a text file. Save the spreadsheet as CSV.
import-no-table = This file cannot be read as a table.
import-empty = There are no people in this file: a first line with the names of columns is needed, and a line for each person.
import-too-many = The file has more than { $count } people. Split it up.
import-checking = Checking the lines …
import-running = Adding people …
import-may-leave = You may leave this page; the work goes on.
import-interrupted = This was interrupted, and nothing of it has happened. Check the file once more.
import-failed = Nothing was imported: { $why }
import-stopped = Nothing was imported, because something has changed since the file was checked.
import-no-room = Nothing can be imported: there is room for { $count ->
    [one] { $count } more person
   *[other] { $count } more people
  } only.
import-fine = All lines are fine. Nobody has been added yet.
import-problems = { $count ->
    [one] { $count } problem
   *[other] { $count } problems
  }
import-problems-about = Correct the file and upload it again, or choose other fields below and check once more. Nobody has been added.
import-problems-file = As a file
import-line = Line
import-field = Field
import-problem = What is wrong
import-first = Preview
import-columns = Which column is what
import-leave-out = Leave out
import-department = Department of whoever has none in the file
import-department-needed = None: it is an error
import-invite = Invite everyone by e-mail at once
import-check = Check again
import-forget = Discard
import-now = { $count ->
    [one] Import { $count } person
   *[other] Import { $count } people
  }
import-added = { $count ->
    [one] { $count } person is in the directory now.
   *[other] { $count } people are in the directory now.
  }
import-invited = Everyone is being invited by e-mail.
import-not-invited = Nobody has been invited. You can send the invitations later, one by one.
import-another = Import another file
import-no-email = There is no e-mail address.
import-needs-department = There is no department.
import-more-values = There are more values than columns.
import-twice = Line { $line } has the same e-mail address.
import-no-department = There is no department “{ $what }”.
import-two-departments = There are several departments “{ $what }”. Write the path, such as “Sales / South”, or the ID.
import-wrong-gender = “{ $what }” is neither male nor female.
import-wrong-date = “{ $what }” is no date. Write 1990-12-31 or 31.12.1990.
import-wrong-yes = “{ $what }” is neither yes nor no.
import-wrong-number = “{ $what }” is no number.
import-no-option = “{ $what }” is not one of the values of this field.
import-no-person = Nobody has the e-mail address or ID “{ $what }”.
import-too-long = At most { $count } characters fit in here.

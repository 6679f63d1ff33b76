structure-title = Structure
structure-chart = Chart of the departments
structure-path = Departments above
structure-find = Find a department
structure-none = No department has such a name.
structure-count = { $count ->
    [one] { $count } department
   *[other] { $count } departments
  }
structure-more = { $count ->
    [one] { $count } more department
   *[other] { $count } more departments
  }
structure-more-found = { $count ->
    [one] { $count } more department: type a part of its name.
   *[other] { $count } more departments: type a part of the name.
  }
structure-counts = People here, and with all departments below
structure-with-below = { $count } with all departments below
structure-before = Departments before these
structure-open = Show the departments below
structure-zoom-in = Zoom in
structure-zoom-out = Zoom out
structure-fit = Fit
structure-drag = Drag onto another department to move it there
structure-department = Department
structure-close = Close
structure-head = Head
structure-in-chart = In the chart
structure-nobody = Nobody belongs to this department directly.
structure-choose = Choose { $name }
structure-edit = Edit
structure-edit-title = Edit { $name }
structure-name = Name
structure-rename = Rename
structure-find-head = Find a person
structure-choose-head = Who heads the department
structure-no-head = Nobody
structure-set-head = Set the head
structure-move = Move…
structure-move-title = Move { $name }
structure-move-about = Choose the department that it will be directly below.
structure-move-below = It will be directly below { $name }, with everything that belongs to it.
structure-move-do = Move
structure-add = Add below
structure-add-title = Add a department
structure-add-below = It will be directly below { $name }.
structure-add-do = Add
structure-earlier = Move earlier
structure-later = Move later
structure-delete = Delete
structure-delete-confirm = Delete the department { $name }?
structure-transfer = Transfer…
structure-transfer-title = Transfer people
structure-transfer-about = They leave { $name } for the department you choose. Their other departments stay.
structure-transfer-do = { $count ->
    [one] Transfer { $count } person
   *[other] Transfer { $count } people
  }
structure-nobody-chosen = Choose at least one person of the department.
structure-choose-department = Choose another department.
structure-below-itself = A department cannot be moved below itself or one of its own departments.
structure-has-departments = There are departments below this one. Move or delete them first.
structure-has-people = People belong to this department. Transfer them first; those who were dismissed count too.
structure-no-name = Please enter a name.
structure-no-department = There is no such department any more.
structure-no-parent = Choose the department that it will be below.
structure-no-person = This person does not work here any more.
done-department-added = The department is added.
done-department-moved = The department is moved.
done-department-deleted = The department is deleted.
done-people-transferred = The people belong to this department now.

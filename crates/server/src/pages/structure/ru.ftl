structure-title = Структура
structure-chart = Схема отделов
structure-path = Вышестоящие отделы
structure-find = Найти отдел
structure-none = Отдела с таким названием нет.
structure-count = { $count ->
    [one] { $count } отдел
    [few] { $count } отдела
   *[many] { $count } отделов
  }
structure-more = { $count ->
    [one] Ещё { $count } отдел
    [few] Ещё { $count } отдела
   *[many] Ещё { $count } отделов
  }
structure-more-found = { $count ->
    [one] Ещё { $count } отдел: введите часть названия.
    [few] Ещё { $count } отдела: введите часть названия.
   *[many] Ещё { $count } отделов: введите часть названия.
  }
structure-counts = Сотрудники здесь и вместе со всеми подотделами
structure-with-below = { $count } вместе с подотделами
structure-before = Предыдущие отделы
structure-open = Показать подотделы
structure-zoom-in = Увеличить
structure-zoom-out = Уменьшить
structure-fit = По ширине
structure-drag = Перетащите на другой отдел, чтобы переместить туда
structure-department = Отдел
structure-close = Закрыть
structure-head = Руководитель
structure-in-chart = На схеме
structure-nobody = В самом отделе никого нет.
structure-choose = Выбрать: { $name }
structure-edit = Изменить
structure-edit-title = Изменить: { $name }
structure-name = Название
structure-rename = Переименовать
structure-find-head = Найти человека
structure-choose-head = Кто руководит отделом
structure-no-head = Никто
structure-set-head = Назначить руководителя
structure-move = Переместить…
structure-move-title = Переместить: { $name }
structure-move-about = Выберите отдел, которому он будет подчиняться напрямую.
structure-move-below = Он будет подчиняться напрямую отделу «{ $name }» вместе со всем, что к нему относится.
structure-move-do = Переместить
structure-add = Добавить подотдел
structure-add-title = Добавить отдел
structure-add-below = Он будет подчиняться напрямую отделу «{ $name }».
structure-add-do = Добавить
structure-earlier = Поставить раньше
structure-later = Поставить позже
structure-delete = Удалить
structure-delete-confirm = Удалить отдел «{ $name }»?
structure-transfer = Перевести…
structure-transfer-title = Перевести людей
structure-transfer-about = Они уйдут из отдела «{ $name }» в тот, который вы выберете. Другие их отделы останутся.
structure-transfer-do = { $count ->
    [one] Перевести { $count } человека
    [few] Перевести { $count } человека
   *[many] Перевести { $count } человек
  }
structure-nobody-chosen = Выберите хотя бы одного человека из отдела.
structure-choose-department = Выберите другой отдел.
structure-below-itself = Отдел нельзя переместить в самого себя или в собственный подотдел.
structure-has-departments = У отдела есть подотделы. Сначала переместите или удалите их.
structure-has-people = В отделе есть люди. Сначала переведите их; уволенные тоже считаются.
structure-no-name = Введите название.
structure-no-department = Такого отдела больше нет.
structure-no-parent = Выберите отдел, которому он будет подчиняться.
structure-no-person = Этот человек больше здесь не работает.
done-department-added = Отдел добавлен.
done-department-moved = Отдел перемещён.
done-department-deleted = Отдел удалён.
done-people-transferred = Теперь эти люди в этом отделе.

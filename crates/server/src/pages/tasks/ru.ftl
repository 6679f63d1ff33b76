tasks-title = Задачи
tasks-roles = Какие задачи
tasks-role-mine = Делаю
tasks-role-given = Поручил
tasks-role-helping = Помогаю
tasks-role-watching = Наблюдаю
tasks-role-all = Все
tasks-of = Задачи: { $name }
tasks-role-theirs-mine = Делает
tasks-role-theirs-given = Поручает
tasks-role-theirs-helping = Помогает
tasks-role-theirs-watching = Наблюдает
tasks-none = Открытых задач нет.
tasks-late = { $count ->
    [one] { $count } просрочена
    [few] { $count } просрочены
   *[other] { $count } просрочено
  }
tasks-show = Все задачи
task-new-for = Поставить задачу
task-until = до { $day }
tasks-search = Найти по названию
tasks-find = Найти
tasks-with-done = Вместе с завершёнными
tasks-pages = Страницы
tasks-before = Предыдущая страница
tasks-next = Следующая страница
tasks-count = { $count ->
    [one] { $count } задача
    [few] { $count } задачи
   *[other] { $count } задач
  }
task-new = Новая задача
task-title = Задача
task-description = Описание
task-for = Кому, по адресу почты; пусто — себе
task-no-person = Сотрудника с таким адресом нет.
task-deadline = Крайний срок
task-add = Добавить
task-status = Статус
task-status-2 = Ждёт выполнения
task-status-3 = Выполняется
task-status-4 = Ждёт контроля
task-status-5 = Завершена
task-status-6 = Отложена
task-late = просрочена
task-unseen = новая
task-responsible = Исполнитель
task-creator = Постановщик
task-accomplices = Соисполнители
task-auditors = Наблюдатели
task-group = Группа
task-started = Начата
task-completed = Завершена
task-created = Создана
task-changed = Изменена
task-facts = Кто и когда
task-checklist = Чек-лист
task-new-item = Новый пункт
task-add-item = Добавить
task-comments = Комментарии
task-no-comments = Комментариев нет.
task-comment = Комментарий
task-send = Отправить
task-delete = Удалить
task-confirm = Удалить задачу со всем, что в ней есть?
task-verb-start = Начать
task-verb-pause = Приостановить
task-verb-complete = Завершить
task-verb-approve = Принять
task-verb-disapprove = Вернуть
task-verb-defer = Отложить
task-verb-renew = Возобновить
done-task-deleted = Задача удалена.
leave-object-task-checklist-item = Пункты чек-листов

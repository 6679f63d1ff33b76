developers-title = Разработчикам
developers-start = Первые шаги
developers-step-webhook = Администратор создаёт вебхук на сервере или в разделе «Администрирование». Его адрес — это ключ: храните его в тайне.
developers-step-curl = С ним можно вызвать любой метод:
developers-step-python = На Python, с официальным SDK:
developers-step-js = На JavaScript, с официальным SDK:
developers-step-app = Приложение, которое действует от имени пользователя, получает события и встраивает виджеты, сначала регистрируют:
developers-search = Найти метод
developers-count = { $count ->
    [one] { $count } метод
    [few] { $count } метода
   *[other] { $count } методов
  }
method-reads = Только чтение
method-writes = Вносит изменения
method-no-scope = Права доступа не нужны
method-scopes = Права доступа: { $scopes }
method-apps = Только для приложений
method-v3 = Только REST 3.0
method-params = Параметры
method-name = Имя
method-kind = Тип
method-about = Что это
method-required = обязательно
method-errors = Собственные ошибки
method-code = Код
method-status = Статус
method-try = Попробовать
method-json = Параметры в виде JSON
method-no-json = Это не JSON.
method-call = Вызвать
method-as-you = Вызов выполняется от вашего имени, со всеми вашими правами.
method-confirm = Этот метод меняет данные. Вызвать?
method-try-app = Этот метод только для приложений: нужен токен приложения.
method-try-batch = Пакет состоит из других вызовов; попробуйте их по отдельности.
method-answer = Ответ
method-elsewhere = Извне
right-anyone = Для всех
right-people = Нужно право управлять сотрудниками
right-structure = Нужно право менять структуру компании
right-groups = Нужно право менять любую группу
right-tasks = Нужно право менять любую задачу
right-apps = Нужно право управлять приложениями
right-audit = Нужно право читать журнал аудита

settings-title = Настройки
appearance-title = Внешний вид
appearance-language = Язык
appearance-browser = Как в браузере
appearance-theme = Тема
appearance-device = Как на устройстве
appearance-light = Светлая
appearance-dark = Тёмная
security-title = Безопасность
sessions-title = Где выполнен вход
sessions-count = { $count ->
    [one] { $count } браузер
    [few] { $count } браузера
   *[many] { $count } браузеров
  }
sessions-end-others = Выйти на всех остальных
sessions-unknown = Неизвестный браузер
sessions-this = Этот браузер
sessions-begun = вход { $moment }
sessions-seen = последний раз { $moment }
sessions-end = Выйти
done-session-ended = На том устройстве выполнен выход.
done-sessions-ended = На всех остальных устройствах выполнен выход.

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
password-change = Сменить пароль
password-current = Ваш текущий пароль
done-password-changed = Пароль изменён, на всех остальных устройствах выполнен выход.
second-factor-title = Второй фактор
second-factor-on = Включён
second-factor-off = Выключен
second-factor-about = После пароля Muster спросит код, который показывает приложение на вашем телефоне. Кто узнает пароль, не войдёт с ним одним.
second-factor-begin = Настроить
second-factor-end = Выключить
second-factor-codes = Новые резервные коды
second-factor-left = { $count ->
    [one] Остался { $count } резервный код.
    [few] Осталось { $count } резервных кода.
   *[many] Осталось { $count } резервных кодов.
  }
second-factor-scan = Отсканируйте эту картинку приложением для входа.
second-factor-type = Или введите в него вручную:
second-factor-code = Код, который оно показывает
second-factor-confirm = Включить
done-second-factor-ended = Второй фактор выключен.
recovery-title = Ваши резервные коды
recovery-about = Второй фактор включён. Храните эти коды там, где найдёте их без телефона: каждый один раз откроет вашу учётную запись. Больше они не показываются.
recovery-kept = Я их сохранил
own-data-title = Ваши данные
own-data-about = Всё, что о вас хранится, в файле, который могут прочесть программы.
own-data-get = Скачать

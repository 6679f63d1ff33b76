skip = К содержанию
menu-waiting = ждут доступа
main-menu = Главное меню
account-menu = Ваша учётная запись
go-home = На главную
save = Сохранить
cancel = Отмена
day = { $day } { $month ->
    [1] января
    [2] февраля
    [3] марта
    [4] апреля
    [5] мая
    [6] июня
    [7] июля
    [8] августа
    [9] сентября
    [10] октября
    [11] ноября
   *[12] декабря
  } { $year } г.
problem-refused = Это вам недоступно
problem-not-found = Здесь ничего нет
problem-busy = Подождите немного
problem-broken = Что-то сломалось
problem-not-possible = Так не получится
error-not-found = Такой страницы нет, или она не для вас.
error-form-expired = Форма устарела. Вернитесь назад, обновите страницу и попробуйте ещё раз.
error-internal-server-error = Что-то пошло не так на нашей стороне. Мы это записали; попробуйте ещё раз.
error-overload-limit = Muster сейчас сильно загружен. Попробуйте чуть позже.
error-access-denied = У вас нет на это прав.
error-request-too-large = Вы отправили слишком много данных.
done-saved = Сохранено.
slider-close = Закрыть
slider-own-page = Открыть отдельно

import-title = Импорт сотрудников
import-file = Файл CSV
import-file-about = Не больше 8 МБ и 10 000 человек. Запятые, точки с запятой или табуляция; UTF-8 или то, что сохраняет Excel.
import-upload = Загрузить и проверить
import-template = Шаблон
import-how = Как это работает
import-how-file = Сохраните таблицу в формате CSV. Первая строка называет столбцы: по-русски, по-английски или кодами полей.
import-how-check = Проверяется каждая строка, и ничего ещё не меняется. Вы видите ошибки по строкам и можете исправить, какой столбец что значит.
import-how-all = Все сотрудники добавляются за один шаг — или никто.
import-how-values = Отдел указывают названием, путём вида «Продажи / Юг» или ID; несколько значений разделяет точка с запятой. Даты пишутся 1990-12-31 или 31.12.1990.
import-no-file = Сначала выберите файл.
import-too-large = Файл больше 8 МБ.
import-no-text = Это не текстовый файл. Сохраните таблицу в формате CSV.
import-no-table = Этот файл не читается как таблица.
import-empty = В файле нет сотрудников: нужна первая строка с названиями столбцов и по строке на человека.
import-too-many = В файле больше { $count } человек. Разделите его.
import-checking = Строки проверяются…
import-running = Сотрудники добавляются…
import-may-leave = Можно уйти с этой страницы: работа продолжится.
import-interrupted = Работа прервалась, и ничего не произошло. Проверьте файл ещё раз.
import-failed = Ничего не импортировано: { $why }
import-stopped = Ничего не импортировано: после проверки что-то изменилось.
import-no-room = Импорт невозможен: осталось мест — { $count }.
import-fine = Все строки в порядке. Пока никто не добавлен.
import-problems = { $count ->
    [one] { $count } ошибка
    [few] { $count } ошибки
   *[other] { $count } ошибок
  }
import-problems-about = Исправьте файл и загрузите его снова или выберите ниже другие поля и проверьте ещё раз. Никто не добавлен.
import-problems-file = Файлом
import-line = Строка
import-field = Поле
import-problem = Что не так
import-first = Предпросмотр
import-columns = Какой столбец что значит
import-leave-out = Пропустить
import-department = Отдел для тех, у кого его нет в файле
import-department-needed = Никакой: это ошибка
import-invite = Сразу пригласить всех по почте
import-check = Проверить ещё раз
import-forget = Не импортировать
import-now = { $count ->
    [one] Импортировать { $count } человека
   *[other] Импортировать { $count } человек
  }
import-added = { $count ->
    [one] Добавлен { $count } человек.
    [few] Добавлены { $count } человека.
   *[other] Добавлено { $count } человек.
  }
import-invited = Приглашения отправляются по почте.
import-not-invited = Приглашения не отправлены. Их можно отправить позже, по одному.
import-another = Импортировать другой файл
import-no-email = Нет адреса эл. почты.
import-needs-department = Нет отдела.
import-more-values = Значений больше, чем столбцов.
import-twice = Такой же адрес в строке { $line }.
import-no-department = Нет отдела «{ $what }».
import-two-departments = Отделов «{ $what }» несколько. Напишите путь вида «Продажи / Юг» или ID.
import-wrong-gender = «{ $what }» — не мужской и не женский пол.
import-wrong-date = «{ $what }» — не дата. Пишите 1990-12-31 или 31.12.1990.
import-wrong-yes = «{ $what }» — не «да» и не «нет».
import-wrong-number = «{ $what }» — не число.
import-no-option = «{ $what }» — не из списка значений этого поля.
import-no-person = Нет человека с адресом или ID «{ $what }».
import-too-long = Здесь помещается не больше { $count } знаков.

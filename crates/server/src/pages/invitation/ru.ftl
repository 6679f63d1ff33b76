invitations-title = Приглашения
invitations-none = Все приглашённые уже здесь.
invitations-no-mail = Почтовый сервер не настроен, поэтому приглашения никому не приходят. Администратор этого Muster задаёт smtp_host.
invitations-kept = Письма демонстрации хранятся здесь:
invitations-sent = Отправлено
invitations-queued = В пути
invitations-resend = Отправить ещё раз
invitations-revoke = Отозвать
invitations-confirm = Отозвать приглашение для { $email }?
invite-title = Пригласить людей
invite-addresses = Адреса электронной почты
invite-addresses-about = Один или несколько, через запятую или с новой строки.
invite-department = Отдел
invite-do = Отправить приглашения
invite-how-many = Введите хотя бы один адрес, но не больше { $count }.
invite-wrong-email = это не адрес электронной почты
invite-taken = такой адрес уже у кого-то есть
invite-too-many = больше мест нет
invite-invited = { $count ->
    [one] Приглашён { $count } человек.
    [few] Приглашено { $count } человека.
   *[many] Приглашено { $count } человек.
  }
join-title = Добро пожаловать в Muster
join-about = Придумайте пароль, и можно начинать.
join-name = Имя
join-last-name = Фамилия
join-name-missing = Введите своё имя.
join-do = Зарегистрироваться
done-invited = Приглашение в пути.
done-invitation-revoked = Приглашение отозвано.

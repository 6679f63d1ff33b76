sign-in-title = Вход
sign-in-stay = Запомнить меня на этом устройстве
sign-out = Выйти
email = Электронная почта
password = Пароль
error-wrong-password = Неверный адрес или пароль.
error-too-many-tries = Слишком много попыток. Подождите четверть часа.
done-signed-out = Вы вышли.

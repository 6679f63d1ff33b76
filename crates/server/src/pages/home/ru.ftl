home-title = Главная
home-hello = Здравствуйте, { $name }

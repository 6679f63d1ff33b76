home-title = Start
home-hello = Hello, { $name }

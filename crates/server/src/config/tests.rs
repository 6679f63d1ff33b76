//! Tests of the configuration as a whole.

use super::{matches_for_test as matches, *};

/// What the file, then the command line set.
fn configured(file: &str, flags: &[&str]) -> Result<Config> {
    let mut values = Values::default();
    values.add_file(Path::new("some.toml"), file)?;
    values.add_matches(&matches(flags));
    Config::new(&values)
}

fn error(file: &str, flags: &[&str]) -> String {
    format!("{:#}", configured(file, flags).unwrap_err())
}

/// What a variable sets on top of the file.
fn with_variable(file: &str, name: &str, text: &str) -> Result<Config> {
    let mut values = Values::default();
    values.add_file(Path::new("some.toml"), file)?;
    values.add(Key::find(name).unwrap(), text.to_owned(), Source::Variable);
    Config::new(&values)
}

#[test]
fn defaults() {
    let config = configured("", &[]).unwrap();
    assert_eq!(config.database, "muster-data/muster.db");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!((config.public_url, config.trusted_proxies), (None, vec![]));
    assert_eq!((config.tls_certificate, config.tls_key, config.tls_self_signed), (None, None, false));
    assert_eq!(config.data_dir, Path::new("muster-data"));
    assert_eq!(config.time_zone, TimeZone::UTC);
    assert_eq!((config.limits, config.operating_limit, config.user_limit), (Limits::Off, None, None));
    assert!(!config.api_dismissal && !config.private_handlers);
    assert_eq!((config.body_bytes, config.picture_bytes, config.connections), (16 << 20, 8 << 20, 8));
    assert_eq!(
        (config.log.to_string(), config.log_format, config.shutdown_seconds),
        ("info".to_owned(), LogFormat::Text, 30)
    );
}

#[test]
fn later_wins() {
    let file = "listen = '10.0.0.1:1'\nlog = 'warn'";
    let listen = |config: Result<Config>| config.unwrap().listen.to_string();
    assert_eq!(listen(configured(file, &[])), "10.0.0.1:1");
    assert_eq!(listen(with_variable(file, "listen", "10.0.0.2:2")), "10.0.0.2:2");
    assert_eq!(listen(configured(file, &["--listen", "10.0.0.3:3"])), "10.0.0.3:3");
    assert_eq!(configured(file, &["--listen", "10.0.0.3:3"]).unwrap().log.to_string(), "warn");
    // A flag may also say what the default is.
    assert_eq!(listen(configured(file, &["--listen", "127.0.0.1:8080"])), "127.0.0.1:8080");
}

#[test]
fn flag_beats_variable() {
    // Cargo sets this variable for tests, so that none has to be set here.
    let directory = env!("CARGO_MANIFEST_DIR");
    let read = |flags: &[&str]| {
        let others = KEYS.iter().filter(|key| key.name != "data_dir").map(|key| key.arg(key.prefixed("UNSET_")));
        let arg = Key::find("data_dir").unwrap().arg("CARGO_MANIFEST_DIR".to_owned());
        let command = Command::new("muster").args(others).arg(arg);
        let mut values = Values::default();
        values.add_file(Path::new("some.toml"), "data_dir = 'file'").unwrap();
        values.add_matches(&command.get_matches_from([&["muster"], flags].concat()));
        Config::new(&values).unwrap().data_dir
    };
    assert_eq!(read(&[]), Path::new(directory));
    assert_eq!(read(&["--data-dir", "flag"]), Path::new("flag"));
}

#[test]
fn loads_the_named_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("other.toml");
    std::fs::write(&path, "connections = 3\nlimits = 'cloud'").unwrap();
    let path = path.to_str().unwrap();
    let config = load(&matches(&["--config", path, "--connections=4"])).unwrap();
    assert_eq!((config.connections, config.limits, config.operating_limit), (4, Limits::Cloud, Some(480.0)));
    let missing = load(&matches(&["--config", "/nowhere/muster.toml"])).unwrap_err();
    assert!(missing.to_string().contains("/nowhere/muster.toml"));
}

#[test]
fn every_example_and_default_is_valid() {
    for key in KEYS {
        // Some keys need others beside them.
        let rest = match key.name {
            "tls_certificate" | "tls_key" => "tls_certificate = 'a'\ntls_key = 'b'",
            "smtp_host" => "smtp_from = 'muster@example.com'",
            "smtp_user" | "smtp_password" => "smtp_user = 'a'\nsmtp_password = 'b'",
            _ => "",
        };
        let rest: String = rest.lines().filter(|line| !line.starts_with(key.name)).collect();
        for text in [key.default, key.example] {
            if !text.is_empty() {
                configured(&format!("{rest}\n{}", key.line(text)), &[]).unwrap();
            }
        }
    }
}

#[test]
fn unknown_keys_are_refused() {
    let error = error("user_limits = 5", &[]);
    assert_eq!(error, "user_limits: the file some.toml has this key, but there is none; the nearest one is user_limit");
    for (wrong, nearest) in [("public-url", "public_url"), ("lsiten", "listen"), ("TIME_ZONE", "time_zone")] {
        let error = format!("{:#}", configured(&format!("{wrong} = 'x'"), &[]).unwrap_err());
        assert!(error.ends_with(&format!(" {nearest}")), "{error}");
    }
}

#[test]
fn wrong_values_are_named() {
    assert_eq!(
        error("listen = 'here'", &[]),
        "listen: the file some.toml says \"here\", expected an IP address with a port, such as 0.0.0.0:8080"
    );
    assert_eq!(
        error("listen = 8080", &[]),
        "listen: the file some.toml has a value of the type integer, expected an IP address with a port, \
         such as listen = \"0.0.0.0:8080\""
    );
    assert!(error("", &["--listen", "here"]).starts_with("listen: the flag --listen says \"here\", expected "));
    let error = with_variable("", "connections", "201").unwrap_err().to_string();
    assert!(error.starts_with("connections: the variable MUSTER_CONNECTIONS says \"201\", expected "), "{error}");
}

#[test]
fn wrong_values_are_refused() {
    for (name, texts) in [
        ("database", &["", "mysql://root:secret@localhost/x"][..]),
        ("public_url", &["muster.example.com", "ftp://x", "https://", "https://a@b", "http://a?b", "http://a#b"]),
        ("trusted_proxies", &["10.0.0.0/33", "10.0.0.0/8,proxy"]),
        ("tls_self_signed", &["yes", ""]),
        ("data_dir", &[""]),
        ("time_zone", &["Mars/Olympus", ""]),
        ("limits", &["on", "Cloud"]),
        ("operating_limit", &["0", "-1", "inf", "nan", "8m"]),
        ("user_limit", &["0", "-1", "1.5"]),
        ("audit_days", &["0", "-1", "1.5"]),
        ("body_bytes", &["0", "16M"]),
        ("connections", &["0", "201"]),
        ("index_people", &["-1", "many"]),
        ("index_records", &["-1", "many"]),
        ("ready_bytes", &["-1", "64M"]),
        ("calls", &["0", "10001"]),
        ("call_seconds", &["0", "3601"]),
        ("log", &["info,muster=loud", "muster=info=warn"]),
        ("log_format", &["xml"]),
        ("shutdown_seconds", &["-1", ""]),
        // These too, where no smtp_host needs them yet.
        ("smtp_port", &["0", "mail"]),
        ("smtp_tls", &["on"]),
        ("smtp_from", &["nobody"]),
    ] {
        for text in texts {
            let error = with_variable("", name, text).err().map(|err| err.to_string());
            let error = error.unwrap_or_else(|| panic!("{name} = {text:?} was accepted"));
            assert!(error.starts_with(&format!("{name}: the variable MUSTER_")) && !error.contains("root:secret"));
        }
    }
}

#[test]
fn values_are_read() {
    let url = |text| with_variable("", "public_url", text).unwrap().public_url;
    assert_eq!(url("https://muster.example.com/"), Some("https://muster.example.com".to_owned()));
    assert_eq!(url("http://[::1]:8080/hr/"), Some("http://[::1]:8080/hr".to_owned()));
    assert_eq!(with_variable("public_url = 'http://a'", "public_url", "").unwrap().public_url, None);

    let proxies = |file: &str| configured(file, &[]).unwrap().trusted_proxies;
    assert_eq!(proxies("trusted_proxies = ['10.0.0.0/8', '::1']"), proxies("trusted_proxies = '10.0.0.0/8, ::1'"));
    assert_eq!(proxies("trusted_proxies = '10.0.0.0/8,127.0.0.1'")[1].to_string(), "127.0.0.1/32");

    let log = |text| with_variable("", "log", text).unwrap().log.to_string();
    assert_eq!(log("warn, muster=debug,"), log("muster=debug,warn"));
    assert_eq!((log("off").as_str(), log("").as_str()), ("off", "error"));

    assert_eq!(configured("operating_limit = 1.5", &[]).unwrap().operating_limit, Some(1.5));
    let both = "operating_limit = 100\nlimits = 'enterprise'";
    assert_eq!(configured(both, &[]).unwrap().operating_limit, Some(100.0));
}

#[test]
fn booleans_are_flags() {
    assert!(configured("", &["--api-dismissal", "--tls-self-signed"]).unwrap().api_dismissal);
    assert!(configured("", &["--api-dismissal=true"]).unwrap().api_dismissal);
    assert!(!configured("api_dismissal = true", &["--api-dismissal=false"]).unwrap().api_dismissal);
}

#[test]
fn tls_needs_both_files_or_neither() {
    assert_eq!(
        error("tls_key = 'b'", &[]),
        "tls_key (the file some.toml) is set, but tls_certificate is not; HTTPS needs both"
    );
    assert!(error("", &["--tls-certificate", "a"]).contains("(the flag --tls-certificate) is set, but tls_key"));
    let files = "tls_certificate = 'a'\ntls_key = 'b'";
    assert_eq!(configured(files, &[]).unwrap().tls_key, Some("b".into()));
    assert_eq!(
        error(files, &["--tls-self-signed"]),
        "tls_certificate (the file some.toml) and tls_self_signed (the flag --tls-self-signed) exclude each other"
    );
}

#[test]
fn passwords_are_masked() {
    for (open, hidden) in [
        ("muster-data/muster.db", "muster-data/muster.db"),
        ("postgres://host/name", "postgres://host/name"),
        ("postgres://host:5432/name?sslmode=require", "postgres://host:5432/name?sslmode=require"),
        ("postgres://user@host/name", "postgres://user@host/name"),
        ("postgres://user:secret@host:5432/name", "postgres://user:***@host:5432/name"),
        ("postgres://us%20er:s%40cr%3Aet@host/name", "postgres://us%20er:***@host/name"),
        ("postgres://user:sec@ret/x@host/name", "postgres://user:***@host/name"),
        ("postgres://user:sec?ret@host/name", "postgres://user:***@host/name"),
        ("postgres://user@host/name?password=secret&a=b", "postgres://user@host/name?password=***&a=b"),
        ("postgres:///name?a=b&p%61ssword=secret", "postgres:///name?a=b&p%61ssword=***"),
        ("postgres://host/name?password=secret&a=b@c", "postgres://host/name?password=***&a=b@c"),
        ("host=a password=secret user=b", "host=a password=*** user=b"),
        ("host=a PASSWORD = 'sec \\' ret' user=b", "host=a PASSWORD=*** user=b"),
        ("password=sec\\ ret://x", "password=***"),
        ("user=a password='secret", "user=a password=***"),
    ] {
        assert_eq!(masked(open), hidden);
    }
    let config = configured("database = 'postgres://user:secret@host/name'", &[]).unwrap();
    assert_eq!(config.database, "postgres://user:secret@host/name");
    assert!(!format!("{config:?}").contains("secret"));
}

#[test]
fn broken_files_are_named_without_their_text() {
    let error = error("log = 'info'\ndatabase = 'postgres://user:secret@host/name", &[]);
    assert!(error.starts_with("line 2 of the file some.toml is not TOML: "), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn help_and_reference_have_every_key() {
    let mut command = args(Command::new("muster"));
    command.clone().debug_assert();
    let help = command.render_long_help().to_string();
    let page = reference();
    for key in KEYS {
        for text in [format!("--{}", key.flag()), key.variable()] {
            assert!(help.contains(&text) && page.contains(&text), "{text}");
        }
        assert!(page.contains(&format!("\n## `{}`\n\n{}\n", key.name, key.doc)));
    }
    assert!(help.contains(HEADING) && page.contains("MUSTER_CONFIG"));
}

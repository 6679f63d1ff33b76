//! Addresses on the web that Muster calls or sends people to: what is one, and which ones lead inside.

use muster_core::{
    Result, Settings,
    error::{ARGUMENT, Error},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest address that is taken.
const LONGEST: usize = 2000;

/// Refuses what is no plain web address: people and their codes are sent there, and its origin stands in a header.
pub fn check(url: &str) -> Result<()> {
    let wrong = || ARGUMENT.say(format!("{url} is no address such as https://app.example.com/handler"));
    if url.len() > LONGEST {
        return Err(ARGUMENT.say(format!("an address has at most {LONGEST} characters")));
    }
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or_else(wrong)?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    let is_text = url.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\' | b'"' | b'<' | b'>'));
    if authority.is_empty() || authority.starts_with(':') || !authority.bytes().all(plain) || !is_text {
        return Err(wrong());
    }
    Ok(())
}

/// The same for an address that Muster itself will call: one that plainly leads inside is refused at once. What a name
/// leads to is seen when it is called.
pub fn check_called(url: &str, settings: &Settings) -> Result<()> {
    check(url)?;
    let inside = || -> Error {
        ARGUMENT.say(format!("{url} is a private address; they are called only if private_handlers is set"))
    };
    let host = host(url).to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    let is_inside = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(ip) => !is_public(ip),
        // Numbers that the rest of the world reads as an address, such as 127.1 or 0x7f000001, are no names.
        Err(_) => {
            host == "localhost" || host.ends_with(".localhost") || host.split('.').next_back().is_none_or(is_number)
        }
    };
    if is_inside && !settings.private_handlers { Err(inside()) } else { Ok(()) }
}

fn is_number(label: &str) -> bool {
    label.is_empty() || label.bytes().all(|byte| byte.is_ascii_digit()) || label.starts_with("0x")
}

/// Whether an IP address belongs to the public internet. What is not said to is not.
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        // This network, shared by providers, protocol assignments, benchmarks, and what is reserved.
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240;
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    // Only 2000::/3 is given out; in it are tunnels that carry an IPv4 address, and what is for documentation.
    let global = segments[0] & 0xe000 == 0x2000;
    let tunnel = segments[0] == 0x2002 || (segments[0] == 0x2001 && segments[1] < 0x200);
    let documentation = (segments[0] == 0x2001 && segments[1] == 0xdb8) || segments[0] == 0x3fff;
    global && !tunnel && !documentation
}

/// The host of an address, with its port if that is not the usual one.
pub fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |it| it.1);
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// The host of an address alone.
pub fn host(url: &str) -> &str {
    let authority = authority(url);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// The scheme and the authority of an address.
pub fn origin(url: &str) -> String {
    let scheme = url.split_once("://").map_or("https", |it| it.0);
    format!("{scheme}://{}", authority(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_are_taken() {
        for good in ["https://a.example.com", "http://localhost:8080/h?x=1&y", "http://[::1]:80/", "https://a.b?x"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a.example.com",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://:80/x",
            "https://a@b/x",
            "https://a b/",
            "https://a/#x",
            "https://a;script-src/x",
            "https://a\\b/",
            "https://a/\r\nx",
            "ftp://a/",
            &format!("https://a/{}", "x".repeat(2000)),
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_leads_inside_is_not_called() {
        for bad in [
            "http://localhost/",
            "http://LOCALHOST./",
            "http://a.localhost:80/",
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://10.0.0.1/",
            "http://172.20.1.1/",
            "http://192.168.0.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[fe80::1]/",
            "http://[fd00::1]/",
            "http://[2002:7f00:1::]/",
            "http://[64:ff9b::7f00:1]/",
        ] {
            assert!(check_called(bad, &Settings::default()).is_err(), "{bad}");
            assert!(check_called(bad, &Settings { private_handlers: true, ..Settings::default() }).is_ok(), "{bad}");
        }
        for good in ["https://app.example.com/", "https://93.184.216.34/x", "https://[2606:4700::1111]:8443/"] {
            assert!(check_called(good, &Settings::default()).is_ok(), "{good}");
        }
    }

    #[test]
    fn parts_are_read() {
        for (url, authority_of, host_of) in [
            ("https://a.test", "a.test", "a.test"),
            ("http://a.test:8080/rest/", "a.test:8080", "a.test"),
            ("http://[::1]:80", "[::1]:80", "[::1]"),
            ("https://a.test?x=/", "a.test", "a.test"),
        ] {
            assert_eq!((authority(url), host(url)), (authority_of, host_of));
        }
        assert_eq!(origin("http://a.test:8080/x?y"), "http://a.test:8080");
    }
}

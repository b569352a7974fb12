//! Section 2: which listener, and which hostname of it.

use super::{exact, gateway, get, listener, outcome, prefix, route, simple, table, winner};
use crate::model::{Act, Filter, Gateway, Redirect, assemble};
use route::{Action, RouteTable, SplitMix64};

/// A route for each of the listeners, named like it.
fn one_each(listeners: &[(&str, u16, Option<&str>)]) -> Gateway {
    let routes = listeners.iter().map(|(name, ..)| route(name, &[], vec![prefix("/")]).on(&[name]));
    let routes = routes.collect();
    gateway(
        listeners.iter().map(|(name, port, host)| listener(name, *port, *host)).collect(),
        routes,
    )
}

#[test]
fn the_port_comes_first() {
    let gateway = one_each(&[("a", 80, None), ("b", 8080, Some("a.com"))]);
    assert_eq!(winner(&gateway, &get("http://a.com/").at(80)), "a");
    assert_eq!(winner(&gateway, &get("http://a.com/").at(8080)), "b");
    assert_eq!(winner(&gateway, &get("http://b.com/").at(8080)), "404 no_listener");
    assert_eq!(winner(&gateway, &get("http://a.com/").at(81)), "404 no_listener");
}

#[test]
fn the_port_may_be_left_out_where_there_is_only_one() {
    let one = one_each(&[("a", 80, Some("a.com")), ("b", 80, None)]);
    assert_eq!(winner(&one, &get("http://a.com/")), "a");
    assert!(!table(&one).needs_port());
    let two = one_each(&[("a", 80, None), ("b", 8080, None)]);
    assert_eq!(winner(&two, &get("http://a.com/")), "404 no_listener");
    assert!(table(&two).needs_port());
}

#[test]
fn the_most_specific_hostname_of_the_port_wins() {
    let gateway = one_each(&[
        ("any", 80, None),
        ("short", 80, Some("*.com")),
        ("long", 80, Some("*.a.com")),
        ("exact", 80, Some("x.a.com")),
    ]);
    for (host, expected) in
        [("x.a.com", "exact"), ("y.a.com", "long"), ("b.com", "short"), ("b.org", "any")]
    {
        assert_eq!(winner(&gateway, &get(&format!("http://{host}/"))), expected);
    }
}

#[test]
fn a_wildcard_stands_for_one_or_more_labels() {
    let gateway = one_each(&[("a", 80, Some("*.example.com"))]);
    for (host, serves) in [
        ("a.example.com", true),
        ("a.b.example.com", true),
        ("example.com", false),
        (".example.com", false),
        ("aexample.com", false),
        ("a.example.com.org", false),
    ] {
        let expected = if serves { "a" } else { "404 no_listener" };
        assert_eq!(winner(&gateway, &get(&format!("http://{host}/"))), expected, "{host}");
    }
}

#[test]
fn routes_of_a_less_specific_listener_are_not_reached() {
    let listeners = vec![listener("any", 80, None), listener("a", 80, Some("a.com"))];
    let routes = vec![
        route("any/r", &[], vec![prefix("/")]).on(&["any"]),
        route("a/r", &[], vec![prefix("/only")]).on(&["a"]),
    ];
    let gateway = gateway(listeners, routes);
    assert_eq!(winner(&gateway, &get("http://a.com/only")), "a/r");
    assert_eq!(winner(&gateway, &get("http://a.com/")), "404 no_match");
    assert_eq!(winner(&gateway, &get("http://b.com/only")), "any/r");
}

#[test]
fn a_host_of_another_listener_than_the_handshake_chose_is_misdirected() {
    let gateway = one_each(&[("a", 443, Some("a.com")), ("w", 443, Some("*.b.com"))]);
    let asked =
        |host: &str, sni: &str| winner(&gateway, &get(&format!("http://{host}/")).at(443).sni(sni));
    assert_eq!(asked("a.com", "a.com"), "a");
    assert_eq!(asked("A.com:443", "a.COM"), "a");
    assert_eq!(asked("a.com", "x.b.com"), "421 misdirected");
    assert_eq!(asked("x.b.com", "a.com"), "421 misdirected");
    assert_eq!(asked("a.com", "other.org"), "421 misdirected");
    assert_eq!(asked("other.org", "a.com"), "404 no_listener", "matches none");
    assert_eq!(asked("x.b.com", "y.b.com"), "w", "the same listener");
    assert!(table(&gateway).needs_sni());
}

#[test]
fn a_server_name_decides_nothing_without_tls() {
    let gateway = one_each(&[("a", 80, Some("a.com")), ("b", 80, Some("b.com"))]);
    assert_eq!(winner(&gateway, &get("http://a.com/").sni("b.com")), "a");
    assert!(!table(&gateway).needs_sni());
    assert!(!table(&one_each(&[("a", 443, None), ("b", 80, Some("b.com"))])).needs_sni());
}

#[test]
fn the_port_of_the_host_is_ignored_and_forwarded() {
    let gateway = one_each(&[("a", 80, Some("a.com"))]);
    let Act::Forward { authority, .. } = outcome(&gateway, &get("http://a.com:8080/")).act else {
        panic!("it is forwarded");
    };
    assert_eq!(authority.0, b"a.com:8080");
}

#[test]
fn hosts_compare_without_case_and_one_trailing_dot() {
    let gateway = one_each(&[("a", 80, Some("a.com")), ("w", 80, Some("*.a.com"))]);
    assert_eq!(winner(&gateway, &get("http://A.cOM/")), "a");
    assert_eq!(winner(&gateway, &get("http://a.com./")), "a");
    assert_eq!(winner(&gateway, &get("http://X.A.com.:80/")), "w");
    assert_eq!(winner(&gateway, &get("http://a.com../")), "404 no_listener");
}

#[test]
fn a_request_without_a_host_belongs_to_a_listener_without_a_hostname() {
    assert_eq!(winner(&one_each(&[("a", 80, None)]), &get("http:///")), "a");
    assert_eq!(winner(&one_each(&[("a", 80, Some("*.com"))]), &get("http:///")), "404 no_listener");
}

/// The hosts of a listener that a route is reached by.
fn served(listener_hostname: Option<&str>, hostnames: &[&str]) -> Vec<&'static str> {
    let routes = vec![route("a/r", hostnames, vec![prefix("/")])];
    let gateway = gateway(vec![listener("l", 80, listener_hostname)], routes);
    let hosts = ["a.com", "x.a.com", "y.x.a.com", "b.com"];
    let is_served = |host: &&str| winner(&gateway, &get(&format!("http://{host}/"))) == "a/r";
    hosts.into_iter().filter(is_served).collect()
}

#[test]
fn the_hostnames_of_listener_and_route_are_intersected() {
    assert_eq!(served(None, &[]), ["a.com", "x.a.com", "y.x.a.com", "b.com"]);
    assert_eq!(served(None, &["x.a.com"]), ["x.a.com"]);
    assert_eq!(served(Some("*.a.com"), &[]), ["x.a.com", "y.x.a.com"]);
    assert_eq!(served(Some("*.a.com"), &["x.a.com", "b.com"]), ["x.a.com"]);
    assert_eq!(served(Some("x.a.com"), &["*.a.com"]), ["x.a.com"]);
    assert_eq!(served(Some("*.a.com"), &["*.x.a.com"]), ["y.x.a.com"]);
    assert_eq!(served(Some("*.x.a.com"), &["*.a.com"]), ["y.x.a.com"]);
    assert_eq!(served(Some("*.a.com"), &["a.com"]), [""; 0]);
}

#[test]
fn what_matches_nothing_under_its_hostname_is_not_found() {
    let mut gateway = simple(vec![
        route("a/exact", &["x.a.com"], vec![exact("/only")]),
        route("a/long", &["*.a.com"], vec![prefix("/long")]),
        route("a/short", &["*.com"], vec![prefix("/")]),
    ]);
    assert_eq!(winner(&gateway, &get("http://x.a.com/only")), "a/exact");
    assert_eq!(winner(&gateway, &get("http://x.a.com/long")), "404 no_match");
    gateway.fallthrough = true;
    assert_eq!(winner(&gateway, &get("http://x.a.com/only")), "a/exact");
    assert_eq!(winner(&gateway, &get("http://x.a.com/long")), "a/long");
    assert_eq!(winner(&gateway, &get("http://x.a.com/")), "a/short");
    assert_eq!(winner(&gateway, &get("http://x.a.org/")), "404 no_match");
}

/// A Gateway's port 80 may be 8080 in its pods, which is what the host knows; clients know the 80.
#[test]
fn a_listener_is_found_by_the_port_it_is_bound_to_and_known_by_that_of_the_gateway() {
    let to_itself = route("a", &[], vec![prefix("/")]).on(&["a"]);
    let redirect =
        Redirect { scheme: None, hostname: None, path: None, port: None, status_code: 302 };
    let to_itself = to_itself.filters(vec![Filter::RequestRedirect(redirect)]);
    let there = route("b", &[], vec![prefix("/")]).on(&["b"]);
    let listeners = vec![listener("a", 8000, None), listener("b", 8080, None)];
    let mut config = assemble(&gateway(listeners, vec![to_itself, there]));
    config.listeners[0].bound = Some(8080);
    config.listeners[1].bound = Some(9090);
    let table = RouteTable::compile(config).unwrap();
    assert!(table.needs_port());
    let location = |port| {
        get("http://a.com/x").at(port).lend(|request| {
            match table.find(request, &mut SplitMix64::new(1)).action {
                Action::Redirect(redirect) => String::from_utf8(redirect.location).unwrap(),
                _ => String::new(),
            }
        })
    };
    assert_eq!(location(8080), "http://a.com:8000/x");
    assert_eq!(location(8000), "", "nothing is bound to it");
    assert_eq!(location(9090), "", "the other one forwards");
}

#[test]
fn a_configuration_for_one_port_has_no_listener_of_another() {
    let mut config = assemble(&one_each(&[("a", 80, None), ("b", 8080, None)]));
    config.port = Some(80);
    let error = RouteTable::compile(config.clone()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "listener b has port 8080, but this configuration is for port 80"
    );
    config.listeners.pop();
    assert!(RouteTable::compile(config).is_ok());
}

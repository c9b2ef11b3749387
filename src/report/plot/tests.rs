//! x
use super::figure::*;
use super::*;

#[test]
fn look_at_it() {
    let names = ["pair", "remote-system", "group", "none", "timestamp-only", "synchronous", "in-order-transport"];
    let mut curves: Vec<Curve> = names.iter().enumerate().map(|(i, n)| Curve {
        name: (*n).into(), look: Look::of(i), kind: Kind::Measured,
        points: (0..8).map(|k| { let x = f64::from(k) / 10.0; let y = 0.02 + x * x * 0.03 * (i as f64 + 1.0); Point { x, y, low: y * 0.93, high: y * 1.07, runs: 5 } }).collect(),
    }).collect();
    curves.push(Curve { name: "group (closed form)".into(), look: Look::of(2), kind: Kind::Theory, points: (0..60).map(|k| { let x = f64::from(k) / 80.0; Point::exact(x, 0.02 + x * x * 0.09 ) }).collect() });
    let mut fig = Figure { name: "a".into(), title: "Received lag against measured reordering".into(), caption: String::new(),
        x: Axis::new("Reordered ratio (RFC 4737), measured", Quantity::Share), y: Axis::new("Mean received lag", Quantity::Time), curves, shades: vec![Shade { name: "WAN outage".into(), from: 0.2, to: 0.3 }] };
    std::fs::write("/tmp/a.svg", draw::svg(&fig).unwrap()).unwrap();
    draw::png(&fig, std::path::Path::new("/tmp/a.png")).unwrap();
    fig.shades[0].to = 0.2;
    fig.y.scale = Scale::Log; fig.x.scale = Scale::Log;
    draw::png(&fig, std::path::Path::new("/tmp/b.png")).unwrap();
    fig.shades.clear(); fig.x.scale = Scale::Linear; fig.y.scale = Scale::Linear;
    fig.curves.truncate(3);
    for c in &mut fig.curves { c.points.truncate(3); for (i, p) in c.points.iter_mut().enumerate() { p.x = i as f64; } }
    fig.x.names = vec!["limit-scope = group".into(), "limit-scope = global".into(), "x".into()];
    draw::png(&fig, std::path::Path::new("/tmp/c.png")).unwrap();
}

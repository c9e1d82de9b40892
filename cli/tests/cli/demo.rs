use crate::tool::Folder;

#[test]
fn the_demo_shows_a_failure_and_its_cure_and_can_be_replayed() {
    let folder = Folder::new("demo");
    let ran = folder.run(&["demo"]).code(0);
    let ran = ran.says("BROKEN: unforced_decision").says("VIOLATED agreement");
    let ran = ran.says("╳ crashes").says("HOLDS (sampled: 1 run");
    let fits = |line: &str| line.chars().count() <= 80 || line.contains("dtx1-");
    assert!(ran.out.lines().all(fits), "{}", ran.out);
    assert_eq!(ran.out, folder.run(&["demo"]).code(0).out, "it is always the same");
    let ran = folder.run(&["replay", &ran.token()]).code(0);
    ran.says("as it was when the token was made").says("agreement is violated").says("reproduced");
}

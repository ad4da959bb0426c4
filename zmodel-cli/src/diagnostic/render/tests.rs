use super::*;

#[test]
fn look() {
    let text = "model User {\n  id Int @id,\n  name\n  age Int @default(1 2)\n  @@allow('read', !posts?[c])\n  s String @default(\"abc)\n  @@index([a,])\n\nmodel Post {\n  id Int @id\n}\n";
    let mut sources = SourceMap::new();
    let file = sources.add("schema.zmodel", text);
    let mut diagnostics = Diagnostics::default();
    crate::syntax::parse(file, text, &mut diagnostics);
    diagnostics.push(Diagnostic::global("no-datasource", "no datasource").help("add one"));
    diagnostics.sort();
    println!("{}", super::text(&sources, &diagnostics, false));
    for d in &diagnostics { println!("----\n{}", plain_one(&sources, d)); }
}

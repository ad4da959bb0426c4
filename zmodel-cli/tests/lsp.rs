//! The language server, driven over standard input and output as an editor does it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "lsp/client.rs"]
mod client;

use std::fs;

use client::{Client, at, offset};
use serde_json::{Value, json};

const DATASOURCE: &str = "datasource db { provider = 'sqlite' url = 'file:test.db' }\n";

/// The codes and lines of what is shown in a file.
fn codes(found: &Value) -> Vec<(String, u64)> {
    let list = found["diagnostics"].as_array().unwrap().iter();
    list.map(|one| (one["code"].as_str().unwrap().to_owned(), one["range"]["start"]["line"].as_u64().unwrap()))
        .collect()
}

fn code(code: &str, line: u64) -> (String, u64) {
    (code.to_owned(), line)
}

#[test]
fn what_is_wrong_is_shown_while_it_is_typed() {
    let mut client = Client::start();
    let schema =
        client.open("schema.zmodel", &format!("{DATASOURCE}model A {{ id Int @id x Strin @@allow('all', true) }}"));
    let found = client.diagnostics(&schema);
    assert_eq!(codes(&found), [code("unknown-type", 1)]);
    assert_eq!(found["version"], 1);
    assert_eq!(found["diagnostics"][0]["source"], "zmodel");
    assert_eq!(found["diagnostics"][0]["severity"], 1);
    assert!(found["diagnostics"][0]["message"].as_str().unwrap().contains("did you mean `String`?"));
    // `Strin` becomes `String`: what is changed is sent, not the whole text.
    client.edit(
        &schema,
        &json!({ "start": { "line": 1, "character": 28 }, "end": { "line": 1, "character": 28 } }),
        "g",
    );
    let found = client.diagnostics(&schema);
    assert_eq!(codes(&found), []);
    assert_eq!(found["version"], 2);
    client.stop();
}

#[test]
fn what_an_editor_has_open_counts_and_not_what_is_on_the_disk() {
    let mut client = Client::new();
    client.write(
        "schema.zmodel",
        &format!("import './user'\n{DATASOURCE}model Post {{ id Int @id role Role @@allow('all', true) }}"),
    );
    client.write("user.zmodel", "enum Rolle { A }");
    client.write("node_modules/x/y.zmodel", "import '../../user'");
    client.initialize(&json!({}));
    // The file that imports the one that is open was found in the folder.
    let user = client.open("user.zmodel", "enum Role { A }\nenum Role { B }");
    let found = client.diagnostics(&user);
    assert_eq!(codes(&found), [code("duplicate-name", 1)]);
    let related = &found["diagnostics"][0]["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], user.as_str());
    assert_eq!(
        related["location"]["range"],
        json!({ "start": { "line": 0, "character": 5 }, "end": { "line": 0, "character": 9 } })
    );
    client.replace(&user, "enum Role { A }");
    assert_eq!(codes(&client.diagnostics(&user)), []);
    // Without the editor, the disk counts again, and the other file is told about.
    client.notify(
        "textDocument/didOpen",
        json!({ "textDocument": {
        "uri": client.uri("schema.zmodel"), "languageId": "zmodel", "version": 1,
        "text": fs::read_to_string(client.path("schema.zmodel")).unwrap(),
    } }),
    );
    let schema = client.uri("schema.zmodel");
    assert_eq!(codes(&client.diagnostics(&schema)), []);
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": user } }));
    assert_eq!(codes(&client.diagnostics(&schema)), [code("unknown-type", 2)]);
    // And when it changes on the disk.
    client.write("user.zmodel", "enum Role { A BB }");
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": user, "type": 2 }] }));
    assert_eq!(codes(&client.diagnostics(&schema)), []);
    client.stop();
}

#[test]
fn a_name_is_shown_with_what_it_stands_for() {
    let mut client = Client::start();
    let text = format!(
        "{DATASOURCE}/// What a user may do.\nenum Role {{ USER ADMIN }}
model User {{
  id Int @id
  /// What the user
  /// may do.
  role Role @default(USER)
  posts Post[]
  @@allow('all', auth().role == ADMIN)
}}
model Post {{
  id Int @id
  author User @relation(fields: [authorId], references: [id])
  authorId Int
  @@allow('all', author.role == ADMIN)
}}
"
    );
    let schema = client.open("schema.zmodel", &text);
    let hover = |client: &mut Client, what: &str| {
        let params = at(&schema, &text, what);
        let shown = client.request("textDocument/hover", params);
        shown["contents"]["value"].as_str().unwrap_or("nothing").to_owned()
    };
    let field = "```zmodel\nUser.role: Role @default(USER)\n```\n\nWhat the user\nmay do.\n\nenum Role { USER ADMIN }";
    assert_eq!(hover(&mut client, "auth().^role"), field);
    assert_eq!(hover(&mut client, "author.ro^le"), field);
    assert_eq!(hover(&mut client, "  ^role Role"), field);
    assert_eq!(hover(&mut client, "role Ro^le"), "```zmodel\nenum Role { USER ADMIN }\n```\n\nWhat a user may do.");
    assert_eq!(hover(&mut client, "auth().role == AD^MIN"), "```zmodel\nRole.ADMIN\n```");
    assert!(hover(&mut client, "@re^lation").starts_with("```zmodel\nattribute @relation(_ name: String?, fields:"));
    assert!(hover(&mut client, "au^th()").ends_with("here: `User?`, the model that describes the caller"));
    assert!(hover(&mut client, "author U^ser").starts_with("```zmodel\nmodel User\n```"));
    assert!(hover(&mut client, "^author.role").ends_with("relation to one row of the model `User`"));
    assert!(hover(&mut client, "authorId I^nt").ends_with("a whole number of 32 bits"));
    assert_eq!(hover(&mut client, "model ^Post {"), "```zmodel\nmodel Post\n```");
    assert_eq!(hover(&mut client, "^{ USER"), "nothing");
    client.stop();
}

#[test]
fn from_a_name_to_its_declaration_and_to_its_uses_in_all_files() {
    let mut client = Client::new();
    client.write("base.zmodel", "type Base { id Int @id }\nenum Role { A B }\n");
    let other = format!("import 'base'\n{DATASOURCE}model Other with Base {{ @@allow('all', id == 1) }}");
    client.write("other.zmodel", &other);
    client.initialize(&json!({}));
    let text = format!(
        "import './base'\n{DATASOURCE}model User with Base {{ role Role @default(A) posts Post[] }}
model Post with Base {{ author User @relation(fields: [authorId], references: [id]) authorId Int
  @@allow('all', author.posts?[p, p.authorId == this.authorId]) }}
attribute @@own(_ what: String)\nmodel Own with Base {{ @@own('x') @@allow('all', true) }}"
    );
    let schema = client.open("schema.zmodel", &text);
    let (base, other) = (client.uri("base.zmodel"), client.uri("other.zmodel"));
    let mut definition = |what: &str| {
        let params = at(&schema, &text, what);
        let found = client.request("textDocument/definition", params);
        if found.is_null() {
            None
        } else {
            Some((found["uri"].as_str().unwrap().to_owned(), found["range"]["start"].clone()))
        }
    };
    let start =
        |uri: &str, line: u64, character: u64| Some((uri.to_owned(), json!({ "line": line, "character": character })));
    assert_eq!(definition("import './b^ase'"), start(&base, 0, 0));
    assert_eq!(definition("User with ^Base"), start(&base, 0, 5));
    assert_eq!(definition("role Ro^le"), start(&base, 1, 5));
    assert_eq!(definition("@default(^A"), start(&base, 1, 12));
    assert_eq!(definition("references: [i^d"), start(&base, 0, 12));
    assert_eq!(definition("^author.posts"), start(&schema, 3, 23));
    assert_eq!(definition("author.^posts"), start(&schema, 2, 45));
    assert_eq!(definition("this.author^Id"), start(&schema, 3, 83));
    assert_eq!(definition("[p, ^p."), start(&schema, 4, 31));
    assert_eq!(definition("@@^own('x')"), start(&schema, 5, 10));
    assert_eq!(definition("@^relation"), None);
    // The base is also used by a schema that no editor has open.
    let mut params = at(&schema, &text, "references: [i^d");
    params["context"] = json!({ "includeDeclaration": true });
    let mut uses: Vec<(String, u64)> = client
        .request("textDocument/references", params.clone())
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["uri"].as_str().unwrap().to_owned(), one["range"]["start"]["line"].as_u64().unwrap()))
        .collect();
    uses.sort();
    assert_eq!(uses, [(base, 0), (other, 2), (schema.clone(), 3)]);
    params["context"] = json!({ "includeDeclaration": false });
    assert_eq!(client.request("textDocument/references", params).as_array().unwrap().len(), 2);
    let params = at(&schema, &text, "mode^l Post");
    assert_eq!(client.request("textDocument/documentHighlight", params), Value::Null);
    let params = at(&schema, &text, "model ^User");
    assert_eq!(client.request("textDocument/documentHighlight", params).as_array().unwrap().len(), 2);
    client.stop();
}

/// A text after the edits that an answer has for it.
fn edited(text: &str, uri: &str, edit: &Value) -> String {
    let mut edits: Vec<(usize, usize, String)> = edit["changes"][uri]
        .as_array()
        .unwrap()
        .iter()
        .map(|edit| {
            let offset = |at: &str| offset(text, &edit["range"][at]);
            (offset("start"), offset("end"), edit["newText"].as_str().unwrap().to_owned())
        })
        .collect();
    edits.sort();
    let mut text = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        text.replace_range(start..end, &new);
    }
    text
}

#[test]
fn a_new_name_is_written_everywhere_or_refused() {
    let mut client = Client::new();
    let base = "enum Role { ADMIN GUEST }\ntype Base { id Int @id }\n";
    client.write("base.zmodel", base);
    client.initialize(&json!({}));
    let text = format!(
        "import './base'\n{DATASOURCE}model User with Base {{ role Role @default(GUEST) posts Post[] level Int
  @@allow('all', posts?[p, p.title == 'GUEST' && this.role == ADMIN]) }}
model Post with Base {{ title String author User @relation(fields: [authorId], references: [id]) authorId Int
  @@own('x') @@allow('all', true) }}
attribute @@own(_ what: String)\n"
    );
    let (schema, base_uri) = (client.open("schema.zmodel", &text), client.uri("base.zmodel"));
    let rename = |client: &mut Client, what: &str, name: &str| {
        let mut params = at(&schema, &text, what);
        params["newName"] = json!(name);
        let edit = client.answer("textDocument/rename", params)?;
        let (uri, before) =
            if edit["changes"][&schema].is_null() { (&base_uri, base) } else { (&schema, text.as_str()) };
        let both = edit["changes"].as_object().unwrap().len() == 2;
        let other = if both { edited(base, &base_uri, &edit) } else { String::new() };
        Ok::<_, i32>((edited(before, uri, &edit), other))
    };
    let expected = |from: &str, to: &str| text.replace(from, to);
    assert_eq!(rename(&mut client, "this.ro^le", "kind").unwrap().0, expected("role", "kind"));
    assert_eq!(rename(&mut client, "model ^Post", "Article").unwrap().0, expected("Post", "Article"));
    assert_eq!(rename(&mut client, "[p, ^p.", "one").unwrap().0, expected("?[p, p.", "?[one, one."));
    assert_eq!(rename(&mut client, "@@^own('x')", "@@our").unwrap().0, expected("@@own", "@@our"));
    let (schema_text, base_text) = rename(&mut client, "== ADM^IN", "CHIEF").unwrap();
    assert_eq!((schema_text, base_text), (expected("ADMIN", "CHIEF"), base.replace("ADMIN", "CHIEF")));
    // Names that are no names, that are taken, or that would then mean something else; and what is not the user's.
    for (what, name) in [
        ("this.ro^le", "1st"),
        ("this.ro^le", "a b"),
        ("this.ro^le", ""),
        ("this.ro^le", "null"),
        ("this.ro^le", "level"),
        ("this.ro^le", "id"),
        ("model ^Post", "User"),
        ("model ^Post", "Role"),
        ("title S^tring", "Text"),
        ("== ADM^IN", "GUEST"),
        // A field hides a member of an enum.
        ("== ADM^IN", "title"),
        ("@^relation", "x"),
        ("references: [i^d", "title"),
    ] {
        assert!(rename(&mut client, what, name).is_err(), "{what} {name}");
    }
    let params = at(&schema, &text, "@@^own('x')");
    assert_eq!(client.request("textDocument/prepareRename", params)["placeholder"], "own");
    let params = at(&schema, &text, "@^relation");
    assert!(client.answer("textDocument/prepareRename", params).is_err());
    client.stop();
}

#[test]
fn what_a_finding_proposes_can_be_applied() {
    let mut client = Client::start();
    let text = format!("{DATASOURCE}model A {{ id Int @id x Strin @@allow('raed, update', true) }}");
    let schema = client.open("schema.zmodel", &text);
    let apply = |client: &mut Client, text: &str, what: &str, title: &str| {
        let place = at(&schema, text, what);
        let params = json!({
            "textDocument": place["textDocument"], "context": { "diagnostics": [] },
            "range": { "start": place["position"], "end": place["position"] },
        });
        let actions = client.request("textDocument/codeAction", params);
        let [action] = actions.as_array().unwrap().as_slice() else { panic!("{actions}") };
        assert_eq!((action["title"].as_str().unwrap(), &action["kind"]), (title, &json!("quickfix")));
        edited(text, &schema, &action["edit"])
    };
    let better = apply(&mut client, &text, "Str^in", "Replace by `String`");
    assert_eq!(better, text.replace("Strin", "String"));
    client.replace(&schema, &better);
    let best = apply(&mut client, &better, "'ra^ed", "Replace by `read`");
    assert_eq!(best, better.replace("raed", "read"));
    client.stop();
}

#[test]
fn nothing_that_a_client_says_ends_the_server() {
    let mut client = Client::new();
    let refused = client.answer("textDocument/hover", json!({}));
    assert_eq!(refused.unwrap_err(), -32002);
    client.notify("textDocument/didOpen", json!({ "too": "early" }));
    client.initialize(&json!({}));
    assert_eq!(client.answer("no/such/method", json!({})).unwrap_err(), -32601);
    assert_eq!(client.answer("initialize", json!({})).unwrap_err(), -32601);
    client.notify("no/such/notification", json!(7));
    client.notify("textDocument/didOpen", json!([1, 2, 3]));
    client.notify(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": "file:///nowhere", "version": 1 }, "contentChanges": [] }),
    );
    client.notify("$/cancelRequest", json!({ "id": 1 }));
    let requests = [
        "textDocument/completion",
        "textDocument/hover",
        "textDocument/definition",
        "textDocument/references",
        "textDocument/documentHighlight",
        "textDocument/prepareRename",
        "textDocument/rename",
        "textDocument/codeAction",
        "textDocument/documentSymbol",
        "textDocument/formatting",
        "textDocument/foldingRange",
        "textDocument/semanticTokens/full",
    ];
    let params = |uri: &str, line: u64, character: u64| {
        let position = json!({ "line": line, "character": character });
        json!({
            "textDocument": { "uri": uri }, "position": position, "range": { "start": position, "end": position },
            "context": { "includeDeclaration": true, "diagnostics": [] }, "newName": "x",
            "options": { "tabSize": 2, "insertSpaces": true },
        })
    };
    for method in requests {
        assert_eq!(client.answer(method, json!({ "textDocument": 1 })).unwrap_err(), -32602, "{method}");
        assert_eq!(client.answer(method, json!(null)).unwrap_err(), -32602, "{method}");
        assert_eq!(client.answer(method, params("file:///nowhere.zmodel", 0, 0)).unwrap_err(), -32602, "{method}");
    }
    let texts = [
        "",
        "\u{feff}",
        "model",
        "model A { id Int @id(",
        "\"",
        "enum 𐐀 {\r\n @",
        "import 'schema.zmodel'",
        "model A with A { @@allow('x', a?[a, a.!",
    ];
    for (at, text) in texts.iter().enumerate() {
        for uri in [client.uri(&format!("{at}.zmodel")), format!("untitled:Untitled-{at}")] {
            client.open_uri(&uri, text);
            client.diagnostics(&uri);
            for method in requests {
                for (line, character) in [(0, 0), (0, 9), (1, 2), (u64::from(u32::MAX), u64::from(u32::MAX))] {
                    // Whatever the answer is, there is one.
                    let _ = client.answer(method, params(&uri, line, character));
                }
            }
            let range = json!({ "start": { "line": 9, "character": 9 }, "end": { "line": 0, "character": 0 } });
            client.edit(&uri, &range, "é");
            client.diagnostics(&uri);
        }
    }
    client.stop();
}

#[test]
fn a_client_that_leaves_without_a_word_is_noticed() {
    let client = Client::start();
    assert!(!client.hang_up().success());
    let mut client = Client::start();
    client.request("shutdown", Value::Null);
    assert_eq!(client.answer("textDocument/hover", json!({})).unwrap_err(), -32600);
    assert!(client.hang_up().success());
}

#[test]
fn what_could_be_written_is_proposed_while_the_text_is_broken() {
    let mut client = Client::new();
    client.write("base.zmodel", "enum Role { USER ADMIN }\n");
    let snippets = json!({ "textDocument": { "completion": { "completionItem": { "snippetSupport": true } } } });
    client.initialize(&snippets);
    let text = format!(
        "import './base'\n{DATASOURCE}model User {{ id Int @id role Role posts Post[] @@allow('all', auth().role == \n}}
model Post {{ id Int @id\n  author User @rel\n  @@allow('read', author."
    );
    let schema = client.open("schema.zmodel", &text);
    let propose = |client: &mut Client, what: &str| {
        let list = client.request("textDocument/completion", at(&schema, &text, what));
        list.as_array().unwrap().clone()
    };
    let labels =
        |list: &[Value]| list.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(labels(&propose(&mut client, "author.^")), ["id", "posts", "role"]);
    assert_eq!(labels(&propose(&mut client, "role == ^"))[..2], ["ADMIN", "USER"]);
    let relation = propose(&mut client, "@re^l").into_iter().find(|item| item["label"] == "@relation").unwrap();
    assert_eq!(relation["insertTextFormat"], 2);
    assert_eq!(relation["textEdit"]["newText"], "@relation(fields: [${1:authorId}], references: [${2:id}])");
    let place = |character: u64| json!({ "line": 5, "character": character });
    assert_eq!(relation["textEdit"]["range"], json!({ "start": place(14), "end": place(18) }));
    client.stop();
}

#[test]
fn files_are_outlined_searched_folded_and_coloured() {
    let mut client = Client::new();
    client.write("other.zmodel", "enum PostKind { Draft }");
    client.initialize(&json!({}));
    let text = format!(
        "{DATASOURCE}enum Role {{\n  A // é\n}}\nmodel Post {{\n  id Int @id\n  role Role @@allow('read', role == A)\n}}\n"
    );
    let schema = client.open("schema.zmodel", &text);
    let params = json!({ "textDocument": { "uri": schema } });
    let outline = client.request("textDocument/documentSymbol", params.clone());
    let name = |symbol: &Value| symbol["name"].as_str().unwrap().to_owned();
    let names: Vec<(String, Vec<String>)> = outline
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (name(one), one["children"].as_array().into_iter().flatten().map(name).collect()))
        .collect();
    let expected = [("db", vec![]), ("Role", vec!["A"]), ("Post", vec!["id", "role"])];
    let expected = expected.map(|(name, inner)| (name.to_owned(), inner.into_iter().map(str::to_owned).collect()));
    assert_eq!(names, expected);
    let found = client.request("workspace/symbol", json!({ "query": "post" }));
    let mut found: Vec<String> = found.as_array().unwrap().iter().map(name).collect();
    found.sort();
    assert_eq!(found, ["Post", "PostKind"]);
    let folded = client.request("textDocument/foldingRange", params.clone());
    let folded: Vec<_> = folded.as_array().unwrap().iter().map(|one| (&one["startLine"], &one["endLine"])).collect();
    assert_eq!(folded, [(&json!(1), &json!(2)), (&json!(4), &json!(6))]);
    // The tokens of the line of `role`, as words and what they are.
    let legend = client.legend.clone();
    let data = client.request("textDocument/semanticTokens/full", params);
    let data: Vec<usize> =
        data["data"].as_array().unwrap().iter().map(|n| usize::try_from(n.as_u64().unwrap()).unwrap()).collect();
    let (mut line, mut column, mut words) = (0, 0, Vec::new());
    for token in data.chunks(5) {
        let [down, right, length, kind, _] = token else { panic!("{token:?}") };
        column = if *down > 0 { *right } else { column + right };
        line += down;
        if line == 6 {
            let text = text.lines().nth(line).unwrap();
            words.push(format!("{} {}", &text[column..column + length], legend[*kind]));
        }
    }
    let expected = [
        "role property",
        "Role enum",
        "@@allow decorator",
        "'read' string",
        "role property",
        "== operator",
        "A enumMember",
    ];
    assert_eq!(words, expected);
    client.stop();
}

#[test]
fn a_file_is_laid_out_if_it_parses() {
    let mut client = Client::start();
    let text = format!(
        "{DATASOURCE}enum Role {{ A }}\nmodel Post {{\n  id Int @id\n    role    Role @@allow('read',role==A)\n}}\n"
    );
    let schema = client.open("schema.zmodel", &text);
    let params = json!({ "textDocument": { "uri": schema }, "options": { "tabSize": 2, "insertSpaces": true } });
    let edits = client.request("textDocument/formatting", params.clone());
    let changes = json!({ "changes": { (schema.as_str()): edits } });
    let laid_out = edited(&text, &schema, &changes);
    client.write("schema.zmodel", &text);
    let path = client.path("schema.zmodel");
    let command = std::process::Command::new(env!("CARGO_BIN_EXE_zmodel")).arg("format").arg(&path).output().unwrap();
    assert!(command.status.success(), "{command:?}");
    assert_eq!(laid_out, fs::read_to_string(path).unwrap());
    assert_ne!(laid_out, text);
    client.replace(&schema, &laid_out);
    assert_eq!(client.request("textDocument/formatting", params.clone()), json!([]));
    client.replace(&schema, "model Post {");
    assert_eq!(client.request("textDocument/formatting", params), Value::Null);
    client.stop();
}

/// The grammar for editors without the server knows the words that the lexer and the parser know.
#[test]
fn the_grammar_knows_every_word() {
    let grammar = include_str!("../editors/zmodel.tmLanguage.json");
    let grammar: Value = serde_json::from_str(grammar).unwrap();
    let mut patterns = Vec::new();
    let mut todo = vec![&grammar];
    while let Some(value) = todo.pop() {
        match value {
            Value::Object(map) => {
                let texts = ["match", "begin", "end"].into_iter().filter_map(|key| map.get(key)?.as_str());
                patterns.extend(texts.map(str::to_owned));
                todo.extend(map.values());
                if let Some(include) = map.get("include") {
                    let name = include.as_str().unwrap().strip_prefix('#').unwrap();
                    assert!(!grammar["repository"][name].is_null(), "there is no {name}");
                }
            }
            Value::Array(list) => todo.extend(list),
            _ => {}
        }
    }
    let words: Vec<&str> = patterns.iter().flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric())).collect();
    let others = ["extends", "with", "true", "false", "null", "this", "in"];
    let all = zmodel_cli::syntax::parser::DECLARATIONS.iter().copied().chain(others);
    for word in all.chain(zmodel_cli::syntax::parser::BUILTIN_TYPES.iter().copied()) {
        // `\bin\b` splits into `bin` and `b`.
        assert!(words.iter().any(|known| *known == word || known.strip_prefix('b') == Some(word)), "{word}");
    }
}

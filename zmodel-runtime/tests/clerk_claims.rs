//! What becomes of a field, for every type and for every way a claim can be wrong.
#![expect(clippy::panic, clippy::needless_pass_by_value, reason = "a test may")]

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use zmodel_runtime::clerk::claims::{ClaimError, Fault, FromClaim, FromClerk, JsonKind, Reader, Source, member};
use zmodel_runtime::clerk::{ClaimsVersion, Verified};

fn verified(claims: Value) -> Verified {
    let Value::Object(mut claims) = claims else { panic!("claims are an object") };
    claims.entry("sub").or_insert_with(|| "user_1".into());
    Verified::from_claims(claims).unwrap_or_else(|error| panic!("{error}"))
}

fn malformed(claims: Value) -> String {
    let Value::Object(mut claims) = claims else { panic!("claims are an object") };
    claims.entry("sub").or_insert_with(|| "user_1".into());
    match Verified::from_claims(claims) {
        Err(error) => error.claim().to_owned(),
        Ok(verified) => panic!("{:?} was accepted", verified.session),
    }
}

fn read<T: FromClaim>(value: Value) -> Result<T, Fault> {
    T::from_claim(&value)
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Role {
    Admin,
    Member,
}

impl FromClaim for Role {
    fn from_claim(value: &Value) -> Result<Self, Fault> {
        member(value, &[("ADMIN", Self::Admin), ("member", Self::Member)])
    }
}

#[derive(Debug, PartialEq)]
struct Team {
    id: String,
    role: Role,
    parent: Option<Box<Team>>,
}

impl FromClaim for Team {
    fn from_claim(value: &Value) -> Result<Self, Fault> {
        let claims = Reader::nested(value)?;
        Ok(Self {
            id: claims.required("id", Source::Named("id"))?,
            role: claims.required("role", Source::Path("info.role"))?,
            parent: claims.optional("parent", Source::Named("parent"))?.map(Box::new),
        })
    }
}

struct User {
    id: String,
    org_id: Option<String>,
    role: Option<Role>,
    permissions: Vec<String>,
    teams: Vec<Team>,
}

impl FromClerk for User {
    fn from_clerk(verified: &Verified) -> Result<Self, ClaimError> {
        let claims = Reader::new(verified);
        Ok(Self {
            id: claims.required("id", Source::Subject)?,
            org_id: claims.optional("currentOrgId", Source::OrgId)?,
            role: claims.optional("currentOrgRole", Source::OrgRole)?,
            permissions: claims.required_list("permissions", Source::OrgPermissions)?,
            teams: claims.optional_list("teams", Source::Path("metadata.teams"))?.unwrap_or_default(),
        })
    }
}

#[test]
fn both_versions_make_the_same_user() {
    let v1 = verified(json!({
        "org_id": "org_1", "org_role": "org:admin", "org_permissions": ["org:lists:read"],
    }));
    let v2 = verified(json!({
        "v": 2, "fea": "u:x,o:lists", "o": { "id": "org_1", "rol": "admin", "per": "read", "fpm": "1" },
    }));
    assert_eq!((v1.session.version, v2.session.version), (ClaimsVersion::V1, ClaimsVersion::V2));
    assert_eq!(v1.session.org, v2.session.org);
    for verified in [v1, v2] {
        let user = User::from_clerk(&verified).unwrap();
        assert_eq!((user.id.as_str(), user.org_id.as_deref(), user.role), ("user_1", Some("org_1"), Some(Role::Admin)));
        assert_eq!(user.permissions, ["org:lists:read"]);
        assert!(user.teams.is_empty());
    }
}

#[test]
fn without_an_organisation_there_are_no_permissions() {
    let user = User::from_clerk(&verified(json!({ "v": 2 }))).unwrap();
    assert_eq!((user.org_id, user.role), (None, None));
    assert!(user.permissions.is_empty());
}

#[test]
fn nested_types_and_where_they_are_wrong() {
    let teams = json!([
        { "id": "t1", "info": { "role": "org:Admin" }, "parent": null },
        { "id": "t2", "info": { "role": "member" }, "parent": { "id": "t1", "info": { "role": "ADMIN" } } },
    ]);
    let user = User::from_clerk(&verified(json!({ "metadata": { "teams": teams } }))).unwrap();
    assert_eq!(user.teams.len(), 2);
    assert_eq!(user.teams[1].parent.as_ref().map(|team| team.role), Some(Role::Admin));

    let error = |teams: Value| {
        let error = User::from_clerk(&verified(json!({ "metadata": { "teams": teams } }))).err().unwrap();
        (error.field().to_owned(), error.path().to_owned(), error.fault().clone())
    };
    let deep = json!([{ "id": "t", "info": { "role": "ADMIN" }, "parent": { "id": "t", "info": { "role": 7 } } }]);
    assert_eq!(
        error(deep),
        (
            "teams[0].parent.role".into(),
            "metadata.teams[0].parent.info.role".into(),
            Fault::Type { expected: "a string", found: JsonKind::Number }
        )
    );
    assert_eq!(error(json!([null])), ("teams[0]".into(), "metadata.teams[0]".into(), Fault::Missing));
    assert_eq!(error(json!({})).2, Fault::Type { expected: "an array", found: JsonKind::Object });
    assert_eq!(error(json!(["x"])).2, Fault::Type { expected: "an object", found: JsonKind::String });
}

#[test]
fn absent_and_null_are_the_same_and_never_fill_a_required_field() {
    for claims in [json!({}), json!({ "role": null }), json!({ "metadata": null }), json!({ "metadata": {} })] {
        let verified = verified(claims);
        let reader = Reader::new(&verified);
        for source in [Source::Named("role"), Source::Path("metadata.role"), Source::OrgRole, Source::SessionId] {
            assert_eq!(reader.optional::<String>("role", source), Ok(None));
            assert_eq!(reader.optional_list::<String>("role", source), Ok(None));
            let error = reader.required::<Value>("role", source).unwrap_err();
            assert_eq!((error.field(), error.fault()), ("role", &Fault::Missing));
            assert_eq!(reader.required_list::<String>("role", source).unwrap_err().fault(), &Fault::Missing);
        }
    }
}

#[test]
fn claims_are_found_by_path_and_by_name() {
    let verified = verified(json!({
        "imageUrl": "camel", "image_url": "snake", "full_name": "snake", "emptied": null, "role.name": "literal",
        "role": { "name": "nested" }, "meta": { "a.b": 1, "a": { "c": "deep" } }, "text": "x",
    }));
    let reader = Reader::new(&verified);
    let text = |source| reader.optional::<String>("f", source);
    assert_eq!(text(Source::Named("imageUrl")), Ok(Some("camel".into())));
    assert_eq!(text(Source::Named("fullName")), Ok(Some("snake".into())));
    assert_eq!(text(Source::Named("emptied")), Ok(None));
    assert_eq!(text(Source::Path("role.name")), Ok(Some("literal".into())));
    assert_eq!(text(Source::Path("meta.a.c")), Ok(Some("deep".into())));
    assert_eq!(text(Source::Path("meta.a.d.e")), Ok(None));
    let error = text(Source::Path("text.length")).unwrap_err();
    assert_eq!(error.to_string(), "claim `text.length` for field `f`: expected an object, found a string");
}

#[test]
fn the_sessions_own_facts() {
    let verified = verified(json!({
        "v": 2, "sid": "sess_1", "pla": "o:pro", "fea": "o:lists,u:export", "act": { "sub": "user_9" },
        "o": { "id": "org_1", "slg": "acme", "rol": "admin" },
    }));
    let reader = Reader::new(&verified);
    let pairs = [
        (Source::Subject, "user_1"),
        (Source::SessionId, "sess_1"),
        (Source::OrgId, "org_1"),
        (Source::OrgSlug, "acme"),
        (Source::OrgRole, "org:admin"),
        (Source::Plan, "pro"),
        (Source::ActorId, "user_9"),
    ];
    for (source, expected) in pairs {
        assert_eq!(reader.required::<String>("f", source).unwrap(), expected, "{source:?}");
    }
    assert_eq!(reader.required_list::<String>("f", Source::Features).unwrap(), ["lists", "export"]);
    let nested = json!({ "sub": "user_2" });
    let error = Reader::nested(&nested).unwrap().optional::<String>("id", Source::Subject).unwrap_err();
    assert_eq!(error.fault(), &Fault::NoSession);
}

#[test]
fn features_are_unknown_in_version_1() {
    let verified = verified(json!({ "fea": "o:lists" }));
    let error = Reader::new(&verified).required_list::<String>("features", Source::Features).unwrap_err();
    assert_eq!((error.path(), error.fault()), ("fea", &Fault::Missing));
}

#[test]
fn whole_numbers() {
    assert_eq!(read::<i32>(json!(-7)), Ok(-7));
    assert_eq!(read::<i32>(json!(7.0)), Ok(7));
    assert_eq!(read::<i32>(json!("-7")), Ok(-7));
    assert_eq!(read::<i64>(json!("9223372036854775807")), Ok(i64::MAX));
    assert_eq!(read::<i64>(json!(i64::MIN)), Ok(i64::MIN));
    for value in [json!(7.5), json!(u64::MAX), json!(1e300), json!(1e17), json!(""), json!("-"), json!("+7")] {
        assert!(matches!(read::<i64>(value.clone()), Err(Fault::Value { .. })), "{value}");
    }
    for value in [json!("7.0"), json!(" 7"), json!("0x7"), json!("7_0"), json!("٧"), json!(2_147_483_648_i64)] {
        assert!(matches!(read::<i32>(value.clone()), Err(Fault::Value { .. })), "{value}");
    }
    for value in [json!(true), json!([7]), json!({})] {
        assert!(matches!(read::<i64>(value.clone()), Err(Fault::Type { .. })), "{value}");
    }
}

#[test]
fn floats_booleans_and_strings_are_only_themselves() {
    assert_eq!(read::<f64>(json!(1)), Ok(1.0));
    assert_eq!(read::<f64>(json!(1.5)), Ok(1.5));
    assert!(read::<f64>(json!("1.5")).is_err());
    assert_eq!(read::<bool>(json!(true)), Ok(true));
    for value in [json!(1), json!("true"), json!(null)] {
        assert!(matches!(read::<bool>(value), Err(Fault::Type { expected: "a boolean", .. })));
    }
    assert_eq!(read::<String>(json!("")), Ok(String::new()));
    for value in [json!(1), json!(true), json!(null), json!(["x"])] {
        assert!(matches!(read::<String>(value), Err(Fault::Type { expected: "a string", .. })));
    }
}

#[test]
fn decimals_keep_their_text() {
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    assert_eq!(read::<Decimal>(json!("1.10")).unwrap().to_string(), "1.10");
    assert_eq!(read::<Decimal>(json!("-0.1")), Ok(decimal("-0.1")));
    assert_eq!(read::<Decimal>(json!(0.1)).unwrap().to_string(), "0.1");
    assert_eq!(read::<Decimal>(json!(i64::MAX)), Ok(decimal("9223372036854775807")));
    assert_eq!(read::<Decimal>(json!(1e-7)), Ok(decimal("0.0000001")));
    for value in ["1e3", "1_000", "+1", ".5", "5.", "", "1.2.3", "NaN", "0.00000000000000000000000000001"] {
        assert!(matches!(read::<Decimal>(json!(value)), Err(Fault::Value { .. })), "{value}");
    }
    assert!(read::<Decimal>(json!(1e300)).is_err());
    assert!(read::<Decimal>(json!(true)).is_err());
}

#[test]
fn dates_in_seconds_milliseconds_and_text() {
    let date = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    assert_eq!(read(json!(1_750_000_000)), Ok(date("2025-06-15T15:06:40Z")));
    assert_eq!(read(json!(1_750_000_000_000_i64)), Ok(date("2025-06-15T15:06:40Z")));
    assert_eq!(read(json!(1_750_000_000.5)), Ok(date("2025-06-15T15:06:40.5Z")));
    assert_eq!(read(json!("2025-06-15T17:06:40+02:00")), Ok(date("2025-06-15T15:06:40Z")));
    assert_eq!(read(json!(99_999_999_999_i64)), Ok(date("5138-11-16T09:46:39Z")));
    assert_eq!(read(json!(100_000_000_000_i64)), Ok(date("1973-03-03T09:46:40Z")));
    for value in [json!("2025-06-15"), json!("1750000000"), json!(1e300), json!(-1e300), json!(9e15)] {
        assert!(matches!(read::<DateTime<Utc>>(value.clone()), Err(Fault::Value { .. })), "{value}");
    }
}

#[test]
fn bytes_are_base64_and_json_is_json() {
    assert_eq!(read::<Vec<u8>>(json!("+/8=")), Ok(vec![0xFB, 0xFF]));
    assert_eq!(read::<Vec<u8>>(json!("+/8")), Ok(vec![0xFB, 0xFF]));
    assert!(read::<Vec<u8>>(json!("-_8")).is_err());
    assert!(read::<Vec<u8>>(json!([1, 2])).is_err());
    assert_eq!(read::<Value>(json!({ "a": [1] })), Ok(json!({ "a": [1] })));
}

#[test]
fn members_of_enums() {
    let members = [("ADMIN", 1), ("admin", 2), ("Guest", 3), ("OWNER", 4), ("Owner", 5)];
    let read = |text: &str| member(&json!(text), &members).ok();
    assert_eq!(read("ADMIN"), Some(1));
    assert_eq!(read("admin"), Some(2));
    assert_eq!(read("org:admin"), Some(2));
    assert_eq!(read("org:ADMIN"), Some(1));
    assert_eq!(read("org:guest"), Some(3));
    assert_eq!(read("GUEST"), Some(3));
    for ambiguous in ["Admin", "org:owner", "owner", "org:org:guest", "", "org:", "guest "] {
        assert_eq!(read(ambiguous), None, "{ambiguous:?}");
    }
    assert_eq!(member(&json!(3), &members), Err(Fault::Type { expected: "a string", found: JsonKind::Number }));
}

#[test]
fn what_clerk_would_not_write_is_refused() {
    for (claim, claims) in [
        ("sub", json!({ "sub": "" })),
        ("sub", json!({ "sub": null })),
        ("sub", json!({ "sub": 1 })),
        ("sid", json!({ "sid": 1 })),
        ("sts", json!({ "sts": true })),
        ("act", json!({ "act": "user_9" })),
        ("act.sub", json!({ "act": {} })),
        ("exp", json!({ "exp": "soon" })),
        ("exp", json!({ "exp": 1e300 })),
        ("org_id", json!({ "org_id": 1 })),
        ("org_id", json!({ "org_id": "" })),
        ("org_role", json!({ "org_id": "org_1", "org_role": 1 })),
        ("org_permissions", json!({ "org_id": "org_1", "org_permissions": "all" })),
        ("org_permissions", json!({ "org_id": "org_1", "org_permissions": [1] })),
        ("o", json!({ "v": 2, "o": "org_1" })),
        ("o.id", json!({ "v": 2, "o": {} })),
        ("o.rol", json!({ "v": 2, "o": { "id": "org_1", "rol": 1 } })),
        ("o.fpm", json!({ "v": 2, "fea": "o:a", "o": { "id": "org_1", "per": "read", "fpm": 3 } })),
        ("o.per", json!({ "v": 2, "fea": "o:a", "o": { "id": "org_1", "per": ["read"], "fpm": "3" } })),
        ("fea", json!({ "v": 2, "fea": "lists", "o": { "id": "org_1" } })),
        ("fea", json!({ "v": 2, "fea": ["o:lists"] })),
        ("pla", json!({ "v": 2, "pla": 1 })),
    ] {
        assert_eq!(malformed(claims.clone()), claim, "{claims}");
    }
    // Features decide nothing without an organisation, and then nobody has them.
    assert!(verified(json!({ "v": 2, "fea": "lists" })).session.features.is_empty());
}

#[test]
fn nothing_secret_is_printed() {
    let verified = verified(json!({ "email": "somebody@example.com", "sid": "sess_1" }));
    for text in [format!("{verified:?}"), format!("{:?}", Reader::new(&verified))] {
        assert!(text.contains("email") && !text.contains("somebody") && !text.contains("sess_1"), "{text}");
    }
    let error = Reader::new(&verified).required::<bool>("verified", Source::Path("email")).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("somebody"));
    let error = Reader::new(&verified).required::<Role>("role", Source::Named("email")).unwrap_err();
    assert_eq!(error.to_string(), "claim `email` for field `role`: the value is not a member of the enum");
}

#[test]
fn no_claims_panic() {
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!(","),
        json!("o:,:o,uo:é"),
        json!("99999999999999999999999999999999999999999,-1,0x1"),
        json!([]),
        json!([1, null]),
        json!({}),
        json!({ "id": "x", "per": ",,", "fpm": "7,7" }),
        json!({ "sub": "" }),
    ];
    let names = ["sub", "sid", "sts", "v", "act", "fva", "exp", "o", "fea", "pla", "org_id", "org_permissions"];
    let base = json!({
        "sub": "user_1", "v": 2, "fea": "o:a,u:b", "pla": "o:pro", "fva": [1, 2], "act": { "sub": "user_9" },
        "o": { "id": "org_1", "rol": "admin", "per": "read,write", "fpm": "3" }, "org_id": "org_1",
    });
    let (mut good, mut bad) = (0, 0);
    for first in names {
        for second in names {
            for (one, other) in odd.iter().flat_map(|one| odd.iter().map(move |other| (one, other))) {
                let Value::Object(mut claims) = base.clone() else { panic!("claims are an object") };
                claims.insert(first.into(), one.clone());
                claims.insert(second.into(), other.clone());
                match Verified::from_claims(claims).map(|verified| User::from_clerk(&verified)) {
                    Ok(_) => good += 1,
                    Err(_) => bad += 1,
                }
            }
        }
    }
    assert!(good > 0 && bad > 0);
}

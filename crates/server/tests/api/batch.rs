//! `batch` at `/rest/`: fifty calls in one, in every form that clients send.

use crate::{app::Client, both::both};
use muster_core::{Json, json};

/// What a batch of these commands results in.
fn carry_out(hook: &Client<'_>, commands: &Json) -> Json {
    hook.ok("batch", json!({ "cmd": commands, "halt": 0 }))
}

fn keys(value: &Json) -> Vec<&str> {
    value.as_object().map(|it| it.keys().map(String::as_str).collect()).unwrap_or_default()
}

both! {
    /// Commands come as an array or an object, by any keys; what comes back has the shape that PHP would give it.
    fn results_have_the_shape_of_the_commands(app) {
        let hook = app.admin();
        for listed in [json!(["user.admin", "server.time?"]), json!({ "0": "user.admin", "1": "server.time?&" })] {
            let done = carry_out(&hook, &listed);
            assert_eq!(done["result"].as_array().unwrap().len(), 2, "{listed}");
            assert_eq!(done["result_time"].as_array().unwrap().len(), 2, "{listed}");
        }
        for names in [["1", "2"], ["b", "a"], ["0", "2"], ["1", "0"], ["9f1c1a7e-5f1b-4a1e-9a2c-2f5f2b6c7d80", ""]] {
            let done = carry_out(&hook, &json!({ names[0]: "user.admin", names[1]: "/user.admin.json/" }));
            assert_eq!(keys(&done["result"]), names);
            assert_eq!(keys(&done["result_time"]), names);
        }
    }

    /// Five members, always; an empty one is a list, as PHP writes it.
    fn all_five_members_are_always_there(app) {
        let hook = app.admin();
        let empty = json!({ "result": [], "result_error": [], "result_total": [], "result_next": [], "result_time": [] });
        assert_eq!(carry_out(&hook, &json!([])), empty);
        assert_eq!(carry_out(&hook, &json!({})), empty);
        let done = carry_out(&hook, &json!({ "people": "user.get", "me": "user.current", "wrong": "user.getx" }));
        assert_eq!(keys(&done), ["result", "result_error", "result_total", "result_next", "result_time"]);
        assert_eq!(done["result_total"], json!({ "people": 2 }));
        assert_eq!(done["result_next"], json!([]));
        assert_eq!(keys(&done["result_time"]), ["people", "me"]);
        assert_eq!(done["result_error"]["wrong"]["error"], "ERROR_METHOD_NOT_FOUND");
        assert!(done["result_error"]["wrong"]["error_description"].is_string());
        // A list with a gap is a list no longer.
        let done = carry_out(&hook, &json!(["no.such.method", "user.admin"]));
        assert!(done["result_error"].is_array() && done["result"] == json!({ "1": true }), "{done}");
    }

    /// The same commands by GET, where everything is encoded twice, and as a form.
    fn commands_come_in_every_encoding(app) {
        let hook = app.admin();
        let twice = "cmd%5Bme%5D=user.current&cmd%5Bdep%5D=user.get%3FID%3D%2524result%255Bme%255D%255BID%255D\
                     %26NAME%3D%2525%2526";
        let once = "cmd[me]=user.current&cmd[dep]=user.get%3FID%3D%24result%5Bme%5D%5BID%5D%26NAME%3D%2525%2526";
        for query in [twice, once] {
            let done = app.get(&format!("/rest/{}/batch?{query}", hook.path)).ok();
            assert_eq!((&done["result"]["dep"], &done["result_error"]), (&json!([]), &json!([])), "{done}");
        }
        let form = "cmd[0]=user.current&cmd[1]=user.get%3FID%3D%24result%5B0%5D%5BID%5D&halt=0";
        let address = format!("/rest/{}/batch", hook.path);
        for content_type in ["application/x-www-form-urlencoded", "text/plain;charset=UTF-8"] {
            let done = hook.post(&address, content_type, form).ok();
            assert_eq!(done["result"][1][0]["ID"], "1", "{done}");
        }
    }

    /// Parameters inside of a command are decoded as PHP decodes them, whoever encoded them.
    fn parameters_are_decoded_in_every_form(app) {
        let hook = app.admin();
        let id = hook.add_user(json!({ "NAME": "Mary Ann", "LAST_NAME": "A&B+C" }));
        for query in [
            "filter[%3EID]=1&filter[NAME]=Mary+Ann",
            "filter%5B%3EID%5D=1&filter%5BNAME%5D=Mary%20Ann",
            "FILTER[NAME]=Mary Ann&select[]=",
            "NAME=mary%20ann&__order=order0000000000&",
            "filter[LAST_NAME]=A%26B%2BC&start=-1",
            "ID[]=PERSON&sort=ID&order=DESC",
            "ID[0]=PERSON&order[ID]=ASC",
        ] {
            let query = query.replace("PERSON", &id.to_string());
            let done = carry_out(&hook, &json!([format!("user.get?{query}")]));
            assert_eq!(done["result"][0][0]["ID"], id.to_string(), "{query}: {done}");
        }
        let added = carry_out(&hook, &json!(["user.add?EMAIL=two@example.com&NAME=%D0%90%D0%BD%D0%BD%D0%B0+%26&UF_DEPARTMENT[0]=1"]));
        assert_eq!(hook.user(added["result"][0].as_i64().unwrap())["NAME"], "Анна &");
    }

    /// Booleans are spelled in as many ways as there are languages.
    fn booleans_are_read_in_every_spelling(app) {
        let hook = app.admin();
        app.execute("update users set active = 0 where id = 2");
        for (id, spellings) in [("1", ["True", "true", "1", "Y"]), ("2", ["False", "false", "0", "N"])] {
            for spelling in spellings {
                let done = carry_out(&hook, &json!([format!("user.get?filter[ACTIVE]={spelling}&ADMIN_MODE=True")]));
                let found = done["result"][0].as_array().unwrap();
                assert!(found.len() == 1 && found[0]["ID"] == id, "{spelling}: {done}");
            }
        }
    }

    /// `halt` stops at the first error, in every spelling; without it the others are carried out.
    fn halt_stops_at_the_first_error(app) {
        let hook = app.admin();
        let commands = json!({ "a": "user.admin", "b": "no.such.method", "c": "user.admin", "d": "no.such.method" });
        for (halt, done, failed) in [
            (vec![json!(true), json!(1), json!("1"), json!("true"), json!("True"), json!("Y")], vec!["a"], vec!["b"]),
            (vec![json!(false), json!(0), json!("0"), json!(""), json!(null)], vec!["a", "c"], vec!["b", "d"]),
        ] {
            for halt in halt {
                let result = hook.ok("batch", json!({ "cmd": commands, "halt": halt }));
                assert_eq!((keys(&result["result"]), keys(&result["result_error"])), (done.clone(), failed.clone()), "{halt}");
            }
        }
        hook.call("batch", json!({ "cmd": commands, "halt": "perhaps" })).fails(400, "ERROR_ARGUMENT");
    }

    /// Results of earlier commands stand in for `$result[...]`, raw or encoded, whole or in part of a text.
    fn references_stand_for_earlier_results(app) {
        let hook = app.admin();
        for command in [
            "user.get?ID=$result[all][1][ID]",
            "user.get?ID=%24result%5Ball%5D%5B1%5D%5BID%5D",
            "user.get?filter[ID]=$result[all][1][ID]",
            "user.get?filter%5BID%5D%5B0%5D=%24result%5Ball%5D%5B1%5D%5BID%5D&filter[ID][1]=$result[all][7][ID]",
            "user.get?filter[>ID]=$result[all][0][ID]",
            "user.get?EMAIL=$result[all][1][NAME]@example.com",
        ] {
            let done = carry_out(&hook, &json!({ "all": "user.get?order[ID]=ASC", "one": command }));
            let found = done["result"]["one"].as_array().unwrap();
            assert!(found.len() == 1 && found[0]["ID"] == "2", "{command}: {done}");
        }
        let done = carry_out(&hook, &json!({
            "me": "user.current",
            "there": "department.get?ID=$result[me][UF_DEPARTMENT]",
            "admin": "user.admin",
            "echo": "user.get?ACTIVE=$result[admin]",
        }));
        assert_eq!(done["result_error"], json!([]));
        assert_eq!(done["result"]["echo"].as_array().unwrap().len(), 2);
    }

    /// Clients read on past the end by fifty references blindly: what is not there is an empty text, not an error.
    fn references_past_the_end_are_empty(app) {
        let hook = app.admin();
        let mut commands = vec!["user.get?order[ID]=ASC&filter[>ID]=0&start=-1".to_owned()];
        for index in 0..49 {
            let after = format!("filter[>ID]=$result[{index}][49][ID]");
            commands.push(format!("user.get?order[ID]=ASC&{after}&start=-1"));
        }
        let done = carry_out(&hook, &json!(commands));
        assert_eq!(done["result_error"], json!([]));
        assert_eq!(done["result"].as_array().unwrap().len(), 50);
        let done = carry_out(&hook, &json!(["user.admin", "user.get?ID=$result[0][a][b]", "user.get?ID=$result[nobody]&NAME=$result["]));
        assert_eq!(done["result_error"], json!([]), "{done}");
        let done = carry_out(&hook, &json!({ "later": "user.get?NAME=$result[me][NAME]", "me": "user.current" }));
        assert_eq!(done["result"]["later"], json!([]), "a reference to what comes later is empty");
    }

    /// A few letters may stand for much, but not for everything.
    fn references_are_bounded(app) {
        let hook = app.admin();
        hook.ok("user.update", json!({ "ID": 1, "PERSONAL_NOTES": "x".repeat(2000) }));
        let many = "a[]=$result[page]&".repeat(15_000);
        let done = carry_out(&hook, &json!({ "page": "user.get", "many": format!("user.get?{many}"), "next": "user.admin" }));
        assert_eq!(done["result_error"]["many"]["error"], "ERROR_ARGUMENT", "{done}");
        assert_eq!(done["result"]["next"], true);
    }

    /// The fifty-first command and those after it fail; the fifty before it do not.
    fn fifty_commands_are_the_most(app) {
        let hook = app.admin();
        let done = carry_out(&hook, &json!(vec!["user.admin"; 52]));
        assert_eq!(done["result"].as_array().unwrap().len(), 50);
        assert_eq!(keys(&done["result_error"]), ["50", "51"]);
        assert_eq!(done["result_error"]["50"]["error"], "ERROR_BATCH_LENGTH_EXCEEDED");
    }

    /// A batch in a batch is refused, in any spelling, and what else is no command is too.
    fn what_is_no_command_is_refused(app) {
        let hook = app.admin();
        let done = carry_out(&hook, &json!(["batch?cmd[a]=user.admin", "BATCH.json", ["user.admin"], null, "", "?", "documentation"]));
        let code = |index: usize| done["result_error"][index]["error"].as_str().unwrap();
        assert_eq!(done["result"], json!([]));
        assert_eq!([code(0), code(1)], ["ERROR_BATCH_METHOD_NOT_ALLOWED"; 2]);
        assert_eq!([code(2), code(3)], ["ERROR_ARGUMENT"; 2]);
        assert_eq!([code(4), code(5), code(6)], ["ERROR_METHOD_NOT_FOUND"; 3]);
        for wrong in [json!({}), json!({ "cmd": "user.admin" }), json!({ "cmd": 1 }), json!({ "cmd": null })] {
            hook.call("batch", wrong).fails(400, "ERROR_ARGUMENT");
        }
    }

    /// Each command is a transaction of its own: what fails undoes nothing of the others.
    fn commands_stand_for_themselves(app) {
        let hook = app.admin();
        let add = |email: &str| format!("user.add?EMAIL={email}&UF_DEPARTMENT[]=1");
        let commands = json!({ "a": add("a@example.com"), "b": add("A@example.com"), "c": add("c@example.com") });
        let done = hook.ok("batch", json!({ "cmd": commands, "halt": 0 }));
        assert_eq!((keys(&done["result"]), keys(&done["result_error"])), (vec!["a", "c"], vec!["b"]));
        assert_eq!(app.count("select count(*) from users"), 4);
        let found = carry_out(&hook, &json!({ "new": add("d@example.com"), "it": "user.get?ID=$result[new]" }));
        assert_eq!(found["result"]["it"][0]["EMAIL"], "d@example.com", "a command sees what those before it did");
    }

    /// Scopes and rights count for each command.
    fn every_command_is_checked(app) {
        let commands = json!({ "time": "server.time", "people": "user.get", "add": "user.add?EMAIL=x@example.com" });
        let done = carry_out(&app.hook(1, ""), &commands);
        assert_eq!(keys(&done["result"]), ["time"]);
        assert_eq!(done["result_error"]["people"]["error"], "insufficient_scope");
        let done = carry_out(&app.employee(), &commands);
        assert_eq!(keys(&done["result"]), ["time", "people"]);
        assert_eq!(done["result_error"]["add"]["error"], "ERROR_CORE");
    }
}

//! The whole structure at once, with how many people there are: `department.tree`, which is Muster's own.

use super::DEPARTMENT;
use crate::sight;
use muster_core::{Answer, Call, Json, Result, json};
use muster_db::{Row, Sql};
use std::collections::HashMap;

/// Whoever counts: those who work here or were invited, as far as the caller sees them.
const COUNTED: &str = " from user_departments p join users u on u.id = p.user_id
    where u.active = 1 and u.user_type in ('employee', 'extranet') and ";

/// A department while the tree is put together.
struct Node {
    row: Row,
    parent: Option<usize>,
    people: i64,
    /// The people of all departments from here down, each counted once.
    total: i64,
}

/// All departments, each after its parent and among its siblings in their order. Three queries, however many there are.
pub(super) fn tree(call: &mut Call<'_, '_>) -> Result<Answer> {
    let rows =
        call.tx.rows(&Sql::new("select id, name, sort, parent_id, head_id from departments order by sort, id"))?;
    let mut nodes = in_order(rows);
    let places: HashMap<i64, usize> = (0..).zip(&nodes).filter_map(|(at, it)| Some((it.row.opt_int(0)?, at))).collect();
    let mut sql = Sql::new("select p.department_id, count(*)");
    sql.push(COUNTED);
    sight::write(&mut sql, "u.id", call.caller);
    sql.push(" group by p.department_id");
    for row in call.tx.rows(&sql)? {
        if let Some(node) = places.get(&row.int(0)?).and_then(|at| nodes.get_mut(*at)) {
            (node.people, node.total) = (row.int(1)?, row.int(1)?);
        }
    }
    // Children come after their parents, so from the end on every sum is complete before it is added further up.
    for at in (0..nodes.len()).rev() {
        if let Some(parent) = nodes[at].parent {
            nodes[parent].total += nodes[at].total;
        }
    }
    for (at, more) in counted_twice(call, &nodes, &places)? {
        nodes[at].total -= more;
    }
    let shows_heads = DEPARTMENT.field("UF_HEAD").is_some_and(|it| it.is_visible(call.caller));
    Ok(nodes.iter().map(|node| show(node, shows_heads)).collect::<Vec<_>>().into())
}

fn in_order(rows: Vec<Row>) -> Vec<Node> {
    let mut below: HashMap<Option<i64>, Vec<Row>> = HashMap::new();
    for row in rows {
        below.entry(row.opt_int(3)).or_default().push(row);
    }
    let mut nodes = Vec::new();
    let take = |below: &mut HashMap<_, Vec<Row>>, id| below.remove(&id).unwrap_or_default().into_iter().rev();
    // The last of those still to do is the next one, so children follow their parent.
    let mut to_do: Vec<(Row, Option<usize>)> = take(&mut below, None).map(|row| (row, None)).collect();
    while let Some((row, parent)) = to_do.pop() {
        let at = nodes.len();
        to_do.extend(take(&mut below, row.opt_int(0)).map(|row| (row, Some(at))));
        nodes.push(Node { row, parent, people: 0, total: 0 });
    }
    nodes
}

/// How often too much the sums count those who belong to several departments.
fn counted_twice(call: &mut Call<'_, '_>, nodes: &[Node], places: &HashMap<i64, usize>) -> Result<HashMap<usize, i64>> {
    let mut sql = Sql::new("select p.user_id, p.department_id");
    sql.push(COUNTED).push("p.user_id in (select user_id from user_departments where position > 0) and ");
    sight::write(&mut sql, "u.id", call.caller);
    let mut departments: HashMap<i64, Vec<usize>> = HashMap::new();
    for row in call.tx.rows(&sql)? {
        if let Some(at) = places.get(&row.int(1)?) {
            departments.entry(row.int(0)?).or_default().push(*at);
        }
    }
    let mut too_much = HashMap::new();
    for places in departments.values() {
        let mut reached: HashMap<usize, i64> = HashMap::new();
        for place in places {
            let mut at = Some(*place);
            while let Some(place) = at {
                *reached.entry(place).or_default() += 1;
                at = nodes[place].parent;
            }
        }
        for (place, times) in reached {
            *too_much.entry(place).or_default() += times - 1;
        }
    }
    Ok(too_much)
}

fn show(node: &Node, shows_heads: bool) -> Json {
    let row = &node.row;
    let id = |column| row.opt_int(column).map(|it| it.to_string());
    let mut shown = json!({
        "ID": id(0),
        "NAME": row.text(1),
        "SORT": row.opt_int(2),
        "PEOPLE": node.people,
        "PEOPLE_TOTAL": node.total,
    });
    if let Some(parent) = id(3) {
        shown["PARENT"] = parent.into();
    }
    if let Some(head) = id(4).filter(|_| shows_heads) {
        shown["UF_HEAD"] = head.into();
    }
    shown
}

// @bitrix24/b24jssdk, the official JavaScript SDK, against a running Muster.
import { AjaxError, ApiVersion, B24Hook, ParamsFactory } from '@bitrix24/b24jssdk'
import {
  ADMIN_ID,
  EXPECT,
  IDS,
  SAMPLE,
  SAMPLE_ID,
  between,
  check,
  equal,
  finish,
  hook,
  ids,
  inOrder,
  like,
  newEmail,
  ok,
  raised,
  sameIds
} from './checks.mjs'

// Without the SDK's own brake: 50 requests at once, 2 a second from there on.
const unbraked = {
  ...ParamsFactory.getDefault(),
  rateLimit: { burstLimit: 100_000, drainRate: 1_000, adaptiveEnabled: false }
}

const connect = (kind, restrictionParams = unbraked) =>
  B24Hook.fromWebhookUrl(hook(kind), { restrictionParams })

const b24 = connect('USER')

/** One call; the SDK throws an AjaxError for almost every refusal. */
async function answer(method, params = {}, client = b24) {
  const response = await client.actions.v2.call.make({ method, params })
  ok(response.isSuccess, `${method}: ${response.getErrorMessages().join('; ')}`)
  return response
}

const result = async (...call) => (await answer(...call)).getData().result

/** All rows, page by page as `next` says. */
async function pages(method, params) {
  const rows = []
  let response = await answer(method, params)
  while (response) {
    rows.push(...response.getData().result)
    response = await response.fetchNext(b24.getHttpClient(ApiVersion.v2))
  }
  return rows
}

const email = () => newEmail('b24jssdk')

// -- 1. who calls ------------------------------------------------------------

await check('user.current', async () => {
  equal((await result('user.current')).ID, String(ADMIN_ID), 'ID')
})

await check('profile', async () => {
  const { ID, ADMIN } = await result('profile')
  equal([ID, ADMIN], [String(ADMIN_ID), true], 'ID and ADMIN')
})

await check('user.admin', async () => {
  equal(await result('user.admin'), true, 'of the administrator')
  equal(await result('user.admin', {}, connect('PLAIN')), false, 'of an employee')
})

await check('the time of an answer', async () => {
  const { time } = (await answer('user.current')).getData()
  ok(time.finish >= time.start, `it ends before it starts: ${JSON.stringify(time)}`)
  equal(typeof time.operating, 'number', 'type of operating')
  ok(Number.isInteger(time.operating_reset_at), `operating_reset_at: ${time.operating_reset_at}`)
})

await check('health and ping', async () => {
  equal(await b24.tools.healthCheck.make(), true, 'healthCheck')
  ok((await b24.tools.ping.make()) >= 0, 'ping did not come back')
})

// -- 3. everybody, by each way of paging (before anybody is added) -----------

const users = await check('user.get callList', async () => {
  const response = await b24.actions.v2.callList.make({ method: 'user.get' })
  ok(response.isSuccess, response.getErrorMessages().join('; '))
  inOrder(ids(response.getData()), IDS, 'everybody')
  equal(response.getData().length, EXPECT.users, 'number of users')
  return response.getData()
})

await check('user.get fetchList', async () => {
  const rows = []
  for await (const page of b24.actions.v2.fetchList.make({ method: 'user.get' })) {
    rows.push(...page)
  }
  inOrder(ids(rows), IDS, 'everybody')
})

await check('user.get call and fetchNext', async () => {
  const first = await answer('user.get')
  equal(first.getTotal(), EXPECT.users, 'total')
  equal(first.isMore(), IDS.length > 50, 'isMore')
  inOrder(ids(await pages('user.get')), IDS, 'everybody')
})

await check('user.get call with start', async () => {
  const rows = await result('user.get', { start: 100 })
  inOrder(ids(rows), IDS.slice(100, 150), 'the third page')
  const last = await answer('user.get', { start: Math.floor((IDS.length - 1) / 50) * 50 })
  equal(last.isMore(), false, 'isMore of the last page')
})

await check('user.get callListMethod and fetchListMethod', async () => {
  const response = await b24.callListMethod('user.get', { sort: 'ID', order: 'DESC' })
  inOrder(ids(response.getData()), [...IDS].reverse(), 'everybody')
  const rows = []
  for await (const page of b24.fetchListMethod('user.get', {}, 'ID')) rows.push(...page)
  inOrder(ids(rows), IDS, 'everybody')
})

await check('user.get batchByChunk', async () => {
  const calls = []
  for (let start = 0; start < IDS.length; start += 50) calls.push(['user.get', { start }])
  const response = await b24.actions.v2.batchByChunk.make({ calls })
  ok(response.isSuccess, response.getErrorMessages().join('; '))
  inOrder(ids(response.getData().flat()), IDS, 'everybody')
})

const departments = await check('department.get call and fetchNext', async () => {
  const rows = await pages('department.get')
  equal(new Set(ids(rows)).size, EXPECT.departments, 'number of departments')
  equal(rows.length, EXPECT.departments, 'number of rows')
  return rows
})

// -- 2. one user, and filters ------------------------------------------------

async function found(filter) {
  const response = await b24.actions.v2.callList.make({ method: 'user.get', params: { filter } })
  ok(response.isSuccess, response.getErrorMessages().join('; '))
  return response.getData()
}

await check('user.get by ID', async () => {
  const rows = await result('user.get', { ID: SAMPLE_ID })
  equal(ids(rows), [SAMPLE_ID], 'ids')
  const row = Object.fromEntries(Object.keys(SAMPLE).map((key) => [key, rows[0][key]]))
  equal(row, SAMPLE, 'the row')
})

await check('user.get >ID and <ID', async () => {
  const low = IDS[Math.floor(IDS.length / 3)]
  const high = IDS[Math.floor(IDS.length / 2)]
  // callList has its own plans with >ID, so here it is by `next`.
  const rows = await pages('user.get', { filter: { '>ID': low, '<ID': high } })
  sameIds(ids(rows), IDS.filter((id) => low < id && id < high), `${low} < ID < ${high}`)
})

await check('user.get a list of IDs', async () => {
  const wanted = IDS.filter((_, index) => index % 3 === 0)
  sameIds(ids(await pages('user.get', { filter: { ID: wanted } })), wanted, 'every third')
  sameIds(ids(await found({ '@ID': wanted })), wanted, 'every third, by @ID')
})

await check('user.get %NAME', async () => {
  const part = SAMPLE.NAME.slice(1, 4)
  between(
    ids(await found({ '%NAME': part })),
    ids(users.filter((row) => like(row, 'NAME', part))),
    ids(users.filter((row) => like(row, 'NAME', part, true))),
    `people with %NAME ${part}`
  )
})

await check('user.get !UF_PHONE_INNER null', async () => {
  const expected = ids(users.filter((row) => row.UF_PHONE_INNER))
  sameIds(ids(await found({ '!UF_PHONE_INNER': null })), expected, 'with an extension')
})

await check('user.get ACTIVE true', async () => {
  const expected = ids(users.filter((row) => row.ACTIVE === true))
  sameIds(ids(await found({ ACTIVE: true })), expected, 'the active')
})

// -- 4. search ---------------------------------------------------------------

await check('user.search FIND', async () => {
  const { query, ids: wanted } = EXPECT.search
  const rows = await pages('user.search', { FILTER: { FIND: query } })
  sameIds(ids(rows), wanted, `FIND ${query}`)
})

await check('user.search NAME and LAST_NAME', async () => {
  const { NAME, LAST_NAME } = SAMPLE
  const exact = users.filter((row) => row.NAME === NAME && row.LAST_NAME === LAST_NAME)
  const loose = users.filter(
    (row) => like(row, 'NAME', NAME, true) && like(row, 'LAST_NAME', LAST_NAME, true)
  )
  for (const params of [{ NAME, LAST_NAME }, { FILTER: { NAME, LAST_NAME } }]) {
    const rows = await pages('user.search', params)
    between(ids(rows), ids(exact), ids(loose), `people named ${NAME} ${LAST_NAME}`)
  }
})

// -- 5. adding and changing --------------------------------------------------

await check('department add, get, update, delete', async () => {
  const parent = departments[0].ID
  const fields = { NAME: 'Проба & Söhne', SORT: 77, PARENT: parent }
  const id = await result('department.add', fields)
  equal(typeof id, 'number', 'type of the new ID')
  const [row] = await result('department.get', { ID: id })
  equal(
    [row.ID, row.NAME, Number(row.SORT), row.PARENT],
    [String(id), fields.NAME, fields.SORT, parent],
    'the new one'
  )
  equal(await result('department.update', { ID: id, NAME: '100% + 1' }), true, 'update')
  const [changed] = await result('department.get', { ID: id })
  equal([changed.NAME, Number(changed.SORT)], ['100% + 1', 77], 'after the update')
  equal(await result('department.delete', { ID: id }), true, 'delete')
  equal(await result('department.get', { ID: id }), [], 'after it is deleted')
})

const added = await check('user.add, user.get', async () => {
  const fields = { EMAIL: email(), NAME: 'Ёлка', LAST_NAME: "O'Hara & Söhne" }
  const department = Number(departments[0].ID)
  const id = await result('user.add', { ...fields, UF_DEPARTMENT: [department] })
  equal(typeof id, 'number', 'type of the new ID')
  const [row] = await result('user.get', { ID: id })
  const { EMAIL, NAME, LAST_NAME } = row
  equal({ EMAIL, NAME, LAST_NAME }, fields, 'the new row')
  equal(row.UF_DEPARTMENT, [department], 'UF_DEPARTMENT')
  return row
})

await check('user.update, user.get', async () => {
  const fields = { ID: added.ID, WORK_POSITION: 'Лоцман + 1%' }
  equal(await result('user.update', fields), true, 'the answer')
  const [row] = await result('user.get', { filter: { EMAIL: added.EMAIL } })
  equal([row.ID, row.WORK_POSITION], [added.ID, 'Лоцман + 1%'], 'ID and WORK_POSITION')
  equal(row.LAST_NAME, added.LAST_NAME, 'LAST_NAME, not touched')
})

// -- 6. batch ----------------------------------------------------------------

const batch = (calls, options) => b24.actions.v2.batch.make({ calls, options })

await check('batch, named, with references', async () => {
  const response = await batch({
    me: { method: 'user.current' },
    row: { method: 'user.get', params: { filter: { ID: '$result[me][ID]' } } },
    first: ['department.get', {}],
    again: ['department.get', { ID: ['$result[first][0][ID]'] }]
  })
  ok(response.isSuccess, response.getErrorMessages().join('; '))
  const { me, row, first, again } = response.getData()
  equal(me.ID, String(ADMIN_ID), 'me')
  equal(ids(row), [ADMIN_ID], 'row')
  equal(ids(again), ids(first).slice(0, 1), 'again')
})

await check('batch, a list, with references', async () => {
  const calls = [
    ['user.current'],
    ['user.get', { ID: '$result[0][ID]' }],
    ['user.get', { start: 50 }]
  ]
  const response = await batch(calls, { returnAjaxResult: true })
  ok(response.isSuccess, response.getErrorMessages().join('; '))
  const [me, row, page] = response.getData()
  equal(ids([me.getData().result, ...row.getData().result]), [ADMIN_ID, ADMIN_ID], 'ids')
  inOrder(ids(page.getData().result), IDS.slice(50, 100), 'the second page')
  equal([row.getTotal(), page.getTotal() >= EXPECT.users], [1, true], 'totals')
  for (const one of [me, row, page]) {
    ok(one.getData().time.date_start, 'a command without its time')
  }
})

const before = ['user.current', {}]
const wrong = ['user.add', { EMAIL: 'not an address' }]
const after = ['user.current', {}]

async function batchWithError(calls, isHaltOnError, failing) {
  const response = await batch(calls, { isHaltOnError })
  const errors = response.getErrorsByKey()
  equal(Object.keys(errors), [failing], 'commands with errors')
  equal([errors[failing].code, errors[failing].message], ['ERROR_ARGUMENT', 'wrong_email'], 'error')
  return response.getData()
}

await check('batch with an error, halt off', async () => {
  const rows = await batchWithError({ before, wrong, after }, false, 'wrong')
  equal(Object.keys(rows), ['before', 'after'], 'results')
  equal(ids(await batchWithError([before, wrong, after], false, '1')).length, 2, 'in a list')
})

await check('batch with an error, halt on', async () => {
  const rows = await batchWithError({ before, wrong, after }, true, 'wrong')
  equal(Object.keys(rows), ['before'], 'results')
  equal(ids(await batchWithError([before, wrong, after], true, '1')).length, 1, 'in a list')
})

await check('batch of more than 50 commands', async () => {
  const calls = IDS.slice(0, 120).map((ID) => ['user.get', { ID }])
  const error = await raised(AjaxError, batch(calls.slice(0, 51)))
  equal(error.code, 'JSSDK_BATCH_TOO_LARGE', 'code')
  const response = await b24.actions.v2.batchByChunk.make({ calls })
  inOrder(ids(response.getData().flat()), IDS.slice(0, 120), '120 users')
})

// -- 7. errors ---------------------------------------------------------------

async function refused(call, status, code, message) {
  const error = await raised(AjaxError, call)
  equal([error.status, error.code], [status, code], 'status and code')
  if (message !== undefined) equal(error.message, message, 'description')
}

await check('a revoked webhook', async () => {
  const error = await raised(AjaxError, result('user.current', {}, connect('REVOKED')))
  equal(error.status, 401, 'HTTP status')
  const codes = ['NO_AUTH_FOUND', 'INVALID_CREDENTIALS']
  ok(codes.includes(error.code), `code: expected one of ${codes}, got ${error.code}`)
})

await check('insufficient_scope', async () => {
  const add = result('user.add', { EMAIL: email() }, connect('BASIC'))
  await refused(add, 401, 'insufficient_scope')
})

await check('ERROR_METHOD_NOT_FOUND', async () => {
  await refused(result('no.such.method'), 404, 'ERROR_METHOD_NOT_FOUND')
})

await check('user.add by an ordinary employee', async () => {
  const add = result('user.add', { EMAIL: email(), UF_DEPARTMENT: [1] }, connect('PLAIN'))
  await refused(add, 400, 'ERROR_CORE', 'access_denied')
})

await check('user.add with a wrong address', async () => {
  const add = result('user.add', { EMAIL: 'not an address' })
  await refused(add, 400, 'ERROR_ARGUMENT', 'wrong_email')
})

await check('user.add with a taken address', async () => {
  const fields = { EMAIL: added.EMAIL, UF_DEPARTMENT: [Number(departments[0].ID)] }
  await refused(result('user.add', fields), 400, 'ERROR_ARGUMENT')
})

await check('QUERY_LIMIT_EXCEEDED, and the SDK waits it out', async () => {
  const hasty = connect('LIMITED', { ...unbraked, maxRetries: 1 })
  const hurry = async () => {
    for (let i = 0; i < 200; i++) await answer('profile', {}, hasty)
  }
  await refused(hurry(), 503, 'QUERY_LIMIT_EXCEEDED')
  const patient = connect('LIMITED')
  for (let i = 0; i < 3; i++) ok((await result('profile', {}, patient)).ID, 'no profile')
})

// -- 8. access levels --------------------------------------------------------

await check('user_basic shows EMAIL, user_brief does not', async () => {
  for (const [kind, shown] of [['BASIC', true], ['BRIEF', false]]) {
    const client = connect(kind)
    const rows = [
      ...(await result('user.get', {}, client)),
      await result('user.current', {}, client)
    ]
    const bad = rows.filter((row) => 'EMAIL' in row !== shown)
    equal(ids(bad).slice(0, 5), [], `users whose EMAIL is ${shown ? 'hidden' : 'shown'}`)
  }
})

// -- REST 3.0 ----------------------------------------------------------------

await check('REST 3.0: call and batch', async () => {
  const method = 'rest.scope.list'
  const one = await b24.actions.v3.call.make({ method })
  ok(one.isSuccess, one.getErrorMessages().join('; '))
  const two = await b24.actions.v3.batch.make({ calls: [[method, {}], [method, {}]] })
  ok(two.isSuccess, two.getErrorMessages().join('; '))
  const expected = one.getData().result
  equal(two.getData(), [expected, expected], 'the same, twice in a batch')
})

await check('tasks.task: add, callList, batch, delete', async () => {
  const title = `b24jssdk ${email()}`
  const calls = Array.from({ length: 51 }, (_, i) => [
    'tasks.task.add',
    { fields: { TITLE: `${title} ${i}`, RESPONSIBLE_ID: ADMIN_ID } }
  ])
  const added = await b24.actions.v2.batchByChunk.make({ calls })
  ok(added.isSuccess, added.getErrorMessages().join('; '))
  const ids = added.getData().map(({ task }) => Number(task.id))
  const listed = await b24.actions.v2.callList.make({
    method: 'tasks.task.list',
    params: { filter: { '%TITLE': title }, select: ['ID', 'TITLE'] },
    idKey: 'id',
    cursorIdKey: 'ID',
    customKeyForResult: 'tasks'
  })
  ok(listed.isSuccess, listed.getErrorMessages().join('; '))
  sameIds(listed.getData().map((task) => Number(task.id)), ids, 'all of them')
  const page = await answer('tasks.task.list', { filter: { '%TITLE': title }, select: ['ID'] })
  equal([page.getTotal(), page.isMore()], [51, true], 'total and isMore')
  const time = await result('task.elapseditem.add', { TASKID: ids[0], ARFIELDS: { SECONDS: 7 } })
  equal((await result('task.elapseditem.get', { TASKID: ids[0], ITEMID: time }))[0].SECONDS, '7', 'SECONDS')
  const started = await result('tasks.task.start', { taskId: ids[0] })
  equal(started.task.status, '3', 'status')
  const deleted = await b24.actions.v2.batchByChunk.make({
    calls: ids.map((taskId) => ['tasks.task.delete', { taskId }])
  })
  ok(deleted.isSuccess, deleted.getErrorMessages().join('; '))
  equal(await result('tasks.task.get', { taskId: ids[0] }), [], 'after it is deleted')
})

await check('tasks.task and task.*: get, update, list, complete, checklists, comments', async () => {
  const fields = { TITLE: `b24jssdk ${email()}`, RESPONSIBLE_ID: ADMIN_ID, DEADLINE: '2030-12-31T12:00:00+00:00' }
  const [one, two] = await Promise.all(
    ['A', 'B'].map(async (it) => {
      const added = await result('tasks.task.add', { fields: { ...fields, TITLE: `${fields.TITLE} ${it}` } })
      return Number(added.task.id)
    })
  )
  try {
    const changed = await result('tasks.task.update', { taskId: one, fields: { PRIORITY: 2, TAGS: ['x'] } })
    equal(changed.task.priority, '2', 'priority')
    const { task } = await result('tasks.task.get', { taskId: one, select: ['ID', 'TITLE', 'DEADLINE', 'TAGS'] })
    equal(
      [task.title, new Date(task.deadline).toISOString(), Object.values(task.tags).map((it) => it.title)],
      [`${fields.TITLE} A`, '2030-12-31T12:00:00.000Z', ['x']],
      'the task'
    )
    const { tasks } = await result('tasks.task.list', {
      filter: { '%TITLE': fields.TITLE, '>=DEADLINE': '2030-12-31', REAL_STATUS: [2, 3] },
      order: { TITLE: 'desc' },
      select: ['ID', 'STATUS']
    })
    equal(tasks.map((it) => [Number(it.id), it.status, 'title' in it]), [[two, '2', false], [one, '2', false]], 'list')
    const item = await result('task.checklistitem.add', { TASKID: one, FIELDS: { TITLE: 'Item' } })
    equal(await result('task.checklistitem.complete', { TASKID: one, ITEMID: item }), true, 'an item is done')
    equal(await result('task.checklistitem.update', { TASKID: one, ITEMID: item, FIELDS: { TITLE: 'Other' } }), null, 'an item is changed')
    const items = await result('task.checklistitem.getlist', { TASKID: one, ORDER: { ID: 'desc' } })
    equal([items[0].TITLE, items[0].IS_COMPLETE, items.length], ['Other', 'Y', 2], 'items')
    equal(await result('task.checklistitem.delete', { TASKID: one, ITEMID: item }), true, 'an item is deleted')
    const comment = await result('task.commentitem.add', { TASKID: one, FIELDS: { POST_MESSAGE: 'Hi' } })
    equal(await result('task.commentitem.update', { TASKID: one, ITEMID: comment, FIELDS: { POST_MESSAGE: 'Ho' } }), true, 'a comment is changed')
    const pinned = await result('tasks.task.result.addFromComment', { commentId: comment })
    equal((await result('tasks.task.result.list', { taskId: one })).map((it) => [it.id, it.text]), [[pinned.id, 'Ho']], 'results')
    const comments = await result('task.commentitem.getlist', { TASKID: one, FILTER: { AUTHOR_ID: ADMIN_ID } })
    equal(comments.map((it) => it.POST_MESSAGE), ['Ho'], 'comments')
    equal(await result('task.commentitem.delete', { TASKID: one, ITEMID: comment }), true, 'a comment is deleted')
    equal((await result('tasks.task.complete', { taskId: one })).task.status, '5', 'status')
  } finally {
    for (const taskId of [one, two]) await result('tasks.task.delete', { taskId })
  }
})

await check('REST 3.0: tasks.task', async () => {
  const call = async (method, params) => {
    const response = await b24.actions.v3.call.make({ method, params })
    ok(response.isSuccess, `${method}: ${response.getErrorMessages().join('; ')}`)
    return response.getData().result
  }
  const fields = { title: 'A', creatorId: ADMIN_ID, responsibleId: ADMIN_ID }
  const { id } = (await call('tasks.task.add', { fields })).item
  const { item } = await call('tasks.task.get', { id, select: ['title', 'responsible.name'] })
  equal([item.id, item.title, typeof item.responsible.name], [id, 'A', 'string'], 'the task')
  const { items } = await call('tasks.task.list', { select: ['title'], filter: [['id', '=', id]] })
  equal(items, [{ id, title: 'A' }], 'list')
  equal(await call('tasks.task.update', { id, fields: { title: 'B' } }), { result: true }, 'update')
  equal(await call('tasks.task.delete', { id }), { result: true }, 'delete')
})

finish()

// An app of another origin that was written for BX24.js and loads Muster's own script: every function that the public
// documentation names, in pages of their own and in sliders; workers in the background and links to the app in texts.
import { createServer } from 'node:http'
import { PEOPLE, URL_OF_MUSTER, check, equal, finish, newVisitor, ok, signIn, violations } from './browser.mjs'

const { admin, employee } = PEOPLE

/** What was posted to the app's addresses, by path. */
const posted = []
let slowness = 0
/** The page of an app as the first steps for developers show it. */
let snippet = ''
const app = createServer((request, response) => {
  let body = ''
  request.on('data', (part) => (body += part))
  request.on('end', () => {
    const address = new URL(request.url, 'http://app')
    posted.push({ path: address.pathname, verb: request.method, query: address.searchParams, form: new URLSearchParams(body) })
    const script = `<script src="//${new URL(URL_OF_MUSTER).host}/api/v1/"></script>`
    if (address.pathname === '/late.js') {
      response.setHeader('Content-Type', 'text/javascript')
      return response.end('window.late = (window.late ?? 0) + 1')
    }
    response.setHeader('Content-Type', 'text/html')
    if (address.pathname === '/snippet') return response.end(snippet)
    const page = `<!doctype html><title>App</title>${script}<button id="button">Button</button><p>An app that was written for BX24.js</p>`
    const wait = address.pathname === '/worker' ? slowness : 0
    setTimeout(() => response.end(page), wait)
  })
})
await new Promise((done) => app.listen(0, '127.0.0.1', done))
const ORIGIN = `http://127.0.0.1:${app.address().port}`

/** The app's frame that shows this path of it, once its script is there; the last if there are several. */
const appFrame = async (page, path = '') => {
  for (let tries = 0; tries < 200; tries++) {
    const frame = page.frames().findLast((it) => it.url().startsWith(ORIGIN + path))
    if (frame && (await frame.evaluate(() => typeof window.BX24).catch(() => '')) === 'object') return frame
    await page.waitForTimeout(50)
  }
  throw new Error(`the app is not there: ${page.frames().map((it) => it.url())}`)
}
/** Waits for `BX24.init`. */
const init = (frame) => frame.evaluate(() => new Promise((done) => window.BX24.init(done)))
/** What the callback of `BX24.callMethod` is given. */
const call = (frame, method, params = {}) =>
  frame.evaluate(([method, params]) => new Promise((done) => {
    window.BX24.callMethod(method, params, (result) => done({
      data: result.data(), error: result.error()?.ex.error, total: result.total(), more: result.more(), status: result.status,
    }))
  }), [method, params])
const gone = (page, selector) => page.waitForFunction((it) => !document.querySelector(it), selector)
const last = (path) => posted.findLast((it) => it.path === path)
const optionsOf = (post) => JSON.parse(post.form.get('PLACEMENT_OPTIONS'))

const page = await newVisitor()
await signIn(page, admin)
let clientId

await check('an app is registered in the pages', async () => {
  await page.goto('/admin/apps/')
  await page.getByRole('textbox', { name: 'Name' }).fill('Classic')
  await page.getByRole('textbox', { name: 'Where people are sent back to' }).fill(`${ORIGIN}/handler`)
  await page.getByRole('textbox', { name: 'Installation page' }).fill(`${ORIGIN}/install`)
  for (const scope of ['user', 'placement', 'department', 'sonet_group']) await page.locator(`input[value="${scope}"]`).check()
  await page.getByRole('button', { name: 'Register' }).click()
  clientId = (await page.getByText('client_id local').first().textContent()).replace('client_id ', '')
})

await check('the installation is the installer’s, and init waits for it', async () => {
  await page.goto('/apps/1/')
  const frame = await appFrame(page, '/install')
  const order = await frame.evaluate(() => new Promise((done) => {
    const order = []
    window.BX24.init(() => order.push('init'))
    window.BX24.install(() => {
      order.push('install')
      setTimeout(() => done(order), 200)
    })
  }))
  equal(order, ['install'], 'what ran')
  const handler = (path) => `${ORIGIN}${path}`
  for (const [place, path, more] of [
    ['USER_PROFILE_TOOLBAR', '/toolbar', {}], ['USER_PROFILE_MENU', '/menu', {}], ['LEFT_MENU', '/left', {}], ['REST_APP_URI', '/uri', {}],
  ]) {
    const bound = await call(frame, 'placement.bind', { PLACEMENT: place, HANDLER: handler(path), TITLE: `In ${place}`, ...more })
    equal(bound.data, true, place)
  }
  await Promise.all([page.waitForNavigation(), frame.evaluate(() => window.BX24.installFinish())])
  await appFrame(page, '/handler')
})

await check('init, ready, auth, calls and batches', async () => {
  const frame = await appFrame(page, '/handler')
  equal(await frame.evaluate(() => window.BX24.getAuth()), false, 'before init')
  await init(frame)
  const known = await frame.evaluate(async () => {
    const { BX24 } = window
    await new Promise((done) => BX24.ready(done))
    const auth = BX24.getAuth()
    return {
      ready: BX24.isReady(), admin: BX24.isAdmin(), lang: BX24.getLang(), domain: BX24.getDomain(), member: auth.member_id.length,
      token: auth.access_token.length, refresh: auth.refresh_token.length, lives: auth.expires_in - Date.now() > 3500_000,
      info: BX24.placement.info(),
    }
  })
  equal(known, {
    ready: true, admin: true, lang: 'en', domain: new URL(URL_OF_MUSTER).host, member: 32, token: 32, refresh: 32, lives: true,
    info: { placement: 'DEFAULT', options: {} },
  }, 'what the app knows')
  equal((await call(frame, 'user.current')).data.ID, String(admin.id), 'who calls')
  const people = await call(frame, 'user.get', { sort: 'ID', order: 'ASC' })
  ok(people.total > 50 && people.more && people.data.length === 50, JSON.stringify([people.total, people.more]))
  const pages = await frame.evaluate(() => new Promise((done) => {
    let count = 0
    window.BX24.callMethod('user.get', {}, (result) => {
      count += result.data().length
      if (!result.next()) done([count, result.total()])
    })
  }))
  equal(pages[0], pages[1], 'people over all pages')
  const wrong = await call(frame, 'no.such.method')
  equal([wrong.error, wrong.status], ['ERROR_METHOD_NOT_FOUND', 404], 'an unknown method')
  const batch = await frame.evaluate(() => new Promise((done) => window.BX24.callBatch({
    me: ['user.current', {}], mine: { method: 'user.get', params: { ID: '$result[me][ID]' } }, bad: ['user.get.nothing', {}],
  }, (it) => done([it.me.data().ID, it.mine.data()[0].ID, it.bad.error().ex.error]))))
  equal(batch, [String(admin.id), String(admin.id), 'ERROR_METHOD_NOT_FOUND'], 'a batch')
  const listed = await frame.evaluate(() => new Promise((done) =>
    window.BX24.callBatch([['user.get.nothing', {}], ['user.current', {}]], (it) => done([it.length, Boolean(it[0].error()), it[1] === undefined]), true)))
  equal(listed, [1, true, true], 'a batch that halts')
})

await check('events are bound and unbound', async () => {
  const frame = await appFrame(page, '/handler')
  const bind = (name) => frame.evaluate(([name, url]) => new Promise((done) =>
    window.BX24[name]('ONUSERADD', url, null, (it) => done(it.data()))), [name, 'https://app.example.com/event'])
  equal(await bind('callBind'), true, 'callBind')
  equal((await call(frame, 'event.get')).data.map((it) => it.event), ['ONUSERADD'], 'the handlers')
  ok((await bind('callUnbind')).count >= 1, 'callUnbind')
  equal((await call(frame, 'event.get')).data, [], 'the handlers')
})

await check('new tokens, and an answer where there are none', async () => {
  const frame = await appFrame(page, '/handler')
  const [before, after] = await frame.evaluate(() => new Promise((done) => {
    const before = window.BX24.getAuth().access_token
    window.BX24.refreshAuth((auth) => done([before, auth.access_token]))
  }))
  ok(before !== after && after.length === 32, 'a new token')
  // Whoever is signed out elsewhere gets no new token; the app is told so after a while.
  await page.route('**/apps/1/auth/', (route) => route.abort())
  equal(await frame.evaluate(() => new Promise((done) => window.BX24.refreshAuth(done))), {
    ...(await frame.evaluate(() => window.BX24.getAuth())),
  }, 'the old token while it lives')
  const failed = await frame.evaluate(() => new Promise((done) => {
    const real = Date.now
    Date.now = () => real() + 7200_000
    window.BX24.callMethod('user.current', {}, (it) => {
      Date.now = real
      done([it.error().ex.error, it.status])
    })
  }))
  equal(failed, ['expired_token', 401], 'a call that could not renew its token')
  await page.unroute('**/apps/1/auth/')
  equal((await call(frame, 'user.current')).data.ID, String(admin.id), 'afterwards')
})

await check('options of the app and of the person', async () => {
  const frame = await appFrame(page, '/handler')
  const options = await frame.evaluate(async () => {
    const { BX24 } = window
    const set = (kind, name, value) => new Promise((done) => BX24[kind].set(name, value, done))
    return [await set('appOption', 'a', 'x'), await set('userOption', 'b', { deep: 1 }), BX24.appOption.get('a'), BX24.userOption.get('b')]
  })
  equal(options, [{ a: 'x' }, { b: { deep: 1 } }, 'x', { deep: 1 }], 'what was set')
  await page.reload()
  const again = await appFrame(page, '/handler')
  await init(again)
  equal(await again.evaluate(() => [window.BX24.appOption.get('a'), window.BX24.userOption.get('b')]), ['x', { deep: 1 }], 'what is kept')
})

await check('people are chosen, or no one is', async () => {
  const frame = await appFrame(page, '/handler')
  const choose = (name) => frame.evaluate((name) => new Promise((done) => {
    window.BX24[name]((it) => done(it))
    setTimeout(() => done('not called'), 4000)
  }), name)
  for (const [name, read] of [['selectUser', (it) => it.id], ['selectUsers', (it) => it[0].id]]) {
    const chosen = choose(name)
    const dialog = page.locator('dialog')
    await dialog.getByRole('searchbox').fill(employee.email.split(/[.@]/)[0])
    await dialog.locator('li input').first().check()
    equal(await violations(page), [], `axe-core: ${name}`)
    await dialog.getByRole('button', { name: 'Choose' }).click()
    ok(Number(read(await chosen)) > 0, name)
  }
  const none = choose('selectUser')
  await page.locator('dialog').getByRole('button', { name: 'Cancel' }).click()
  equal(await none, 'not called', 'closed without a choice')
  const crm = await frame.evaluate(() => new Promise((done) => window.BX24.selectCRM({ entityType: ['lead'] }, done)))
  equal(crm, { lead: [], contact: [], company: [], deal: [], quote: [] }, 'there is no CRM')
})

await check('access codes are chosen: everyone, departments, workgroups, people', async () => {
  const frame = await appFrame(page, '/handler')
  await call(frame, 'sonet_group.create', { NAME: 'Gardeners' })
  const root = (await call(frame, 'department.get', { sort: 'ID' })).data[0]
  const choose = (blocked) => frame.evaluate((blocked) => new Promise((done) => window.BX24.selectAccess(blocked, done)), blocked)
  const dialog = page.locator('dialog')
  const find = async (words, code) => {
    await dialog.getByRole('searchbox').fill(words)
    await dialog.getByLabel(code).first().check()
  }
  const chosen = choose(['AU'])
  await dialog.getByRole('heading', { name: 'Departments' }).waitFor()
  equal(await dialog.getByRole('heading').allTextContents(), ['General', 'Departments', 'Workgroups', 'People'], 'the kinds')
  ok(await dialog.getByLabel('Everyone who is signed in').isDisabled(), 'what is blocked cannot be chosen')
  equal(await violations(page), [], 'axe-core')
  await find(root.NAME, `${root.NAME}, with the departments below`)
  await find('gardeners', 'Gardeners')
  await dialog.getByRole('searchbox').fill(employee.email.split(/[.@]/)[0])
  await dialog.getByRole('heading', { name: 'Departments' }).waitFor({ state: 'detached' })
  await dialog.getByRole('list', { name: 'People' }).getByRole('checkbox').first().check()
  await dialog.getByRole('button', { name: 'Choose' }).click()
  const codes = await chosen
  equal(codes.slice(0, 2), [{ id: `DR${root.ID}`, name: `${root.NAME}, with the departments below` }, { id: 'SG1', name: 'Gardeners' }], 'codes')
  ok(codes.length === 3 && /^U[0-9]+$/.test(codes[2].id), JSON.stringify(codes))
  const named = await call(frame, 'access.name', { ACCESS: codes.map((it) => it.id) })
  equal(Object.keys(named.data).length, 3, 'codes that Muster knows')
  const everyone = choose([])
  await dialog.getByLabel('Everyone who is signed in').check()
  await dialog.getByRole('button', { name: 'Choose' }).click()
  equal(await everyone, [{ id: 'AU', name: 'Everyone who is signed in' }], 'everyone')
})

await check('the window: size, title, scrolling, reloading', async () => {
  const frame = await appFrame(page, '/handler')
  const iframe = page.locator('.frame iframe')
  await frame.evaluate(() => new Promise((done) => window.BX24.resizeWindow(500, 1444, done)))
  equal(await iframe.evaluate((it) => [it.style.width, it.style.height]), ['500px', '1444px'], 'resizeWindow')
  await frame.evaluate(() => new Promise((done) => window.BX24.setTitle('By the app', done)))
  await page.getByRole('heading', { name: 'By the app' }).waitFor()
  await frame.evaluate(() => new Promise((done) => window.BX24.scrollParentWindow(120, done)))
  equal(await page.evaluate(() => window.scrollY), 120, 'scrollParentWindow')
  const tall = await frame.evaluate(() => new Promise((done) => {
    document.body.style.height = '900px'
    window.BX24.fitWindow(() => done(window.BX24.getScrollSize().scrollHeight))
  }))
  equal(await iframe.evaluate((it) => [it.style.width, it.style.height]), ['100%', `${tall}px`], 'fitWindow')
  const before = posted.length
  await frame.evaluate(() => new Promise((done) => window.BX24.reloadWindow(done)))
  await page.getByRole('heading', { name: 'Classic' }).waitFor()
  await appFrame(page, '/handler')
  ok(posted.length > before, 'reloadWindow')
})

await check('the small helpers', async () => {
  const frame = await appFrame(page, '/handler')
  await init(frame)
  const helped = await frame.evaluate(async (origin) => {
    const { BX24 } = window
    const button = document.querySelector('#button')
    const seen = []
    const own = { name: 'own' }
    const clicked = BX24.proxy(function () { seen.push(this.name, BX24.proxyContext() === button) }, own)
    BX24.bind(button, 'click', clicked)
    button.click()
    BX24.unbind(button, 'click', clicked)
    button.click()
    await new Promise((done) => BX24.loadScript([`${origin}/late.js`, `${origin}/late.js`], done))
    const face = await new Promise((done) => BX24.placement.getInterface(done))
    BX24.placement.bindEvent('no.such.event', () => seen.push('event'))
    BX24.placement.call('no.such.command', {}, () => seen.push('command'))
    BX24.im.callTo(1, true)
    BX24.im.phoneTo('1')
    BX24.im.openMessenger('1')
    BX24.im.openHistory('1')
    await new Promise((done) => setTimeout(done, 300))
    return { seen, outside: BX24.proxyContext(), late: window.late, face, can: [BX24.canUse('placement.info'), BX24.canUse('placement.nothing')] }
  }, ORIGIN)
  equal(helped, { seen: ['own', true], outside: null, late: 2, face: { command: [], event: [] }, can: [true, false] }, 'what they did')
})

await check('a widget slides over the profile, by mouse and by keyboard', async () => {
  const profile = `/company/personal/user/${employee.id}/`
  await page.goto(profile)
  const menu = page.locator('main summary', { hasText: 'Apps' })
  await menu.focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  const slider = page.getByRole('dialog', { name: 'In USER_PROFILE_TOOLBAR' })
  await slider.waitFor()
  const frame = await appFrame(page, '/toolbar')
  await init(frame)
  equal(await violations(page), [], 'axe-core')
  equal(await frame.evaluate(() => window.BX24.placement.info()), {
    placement: 'USER_PROFILE_TOOLBAR', options: { URI: profile, USER_ID: String(employee.id) },
  }, 'where the widget is')
  ok(page.url().endsWith(profile), 'the page below stays')
  // The focus does not leave the dialog for the page below.
  for (let presses = 0; presses < 8; presses++) {
    await page.keyboard.press('Tab')
    ok(await page.evaluate(() => document.activeElement === document.body || Boolean(document.activeElement.closest('dialog'))), 'the focus')
  }
  await frame.evaluate(() => new Promise((done) => window.BX24.setTitle('Renamed', done)))
  await page.getByRole('dialog', { name: 'Renamed' }).getByRole('button', { name: 'Close' }).focus()
  await page.keyboard.press('Escape')
  await gone(page, 'dialog.slider')
  ok(await menu.evaluate((it) => it === document.activeElement), 'the focus comes back')
  await page.waitForFunction(() => !window.history.state?.slider)
})

await check('sliders are closed by the button «back», by their own button, and by the app', async () => {
  const open = async () => {
    await page.locator('main summary', { hasText: 'Apps' }).click()
    await page.getByRole('link', { name: 'In USER_PROFILE_TOOLBAR' }).click()
    return appFrame(page, '/toolbar')
  }
  await open()
  await page.goBack()
  await gone(page, 'dialog.slider')
  await open()
  await page.getByRole('button', { name: 'Close' }).click()
  await gone(page, 'dialog.slider')
  // Escape inside the app, unless the app handles it.
  const escaped = await open()
  await init(escaped)
  await escaped.evaluate(() => document.addEventListener('keydown', (event) => event.preventDefault(), { once: true }))
  await escaped.locator('button').focus()
  await page.keyboard.press('Escape')
  await page.waitForTimeout(300)
  equal(await page.locator('dialog.slider').count(), 1, 'the app handled it')
  await page.keyboard.press('Escape')
  await gone(page, 'dialog.slider')
  const frame = await open()
  await init(frame)
  // The frame may be gone before it hears that it is closed.
  await frame.evaluate(() => void window.BX24.closeApplication())
  await gone(page, 'dialog.slider')
  ok(page.url().endsWith(`/company/personal/user/${employee.id}/`), 'the page below stays')
  equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth <= 0), true, 'no wider than the window')
})

await check('the app opens its own page over a slider, and hears when it is closed', async () => {
  await page.locator('header summary').click()
  await page.getByRole('link', { name: 'In USER_PROFILE_MENU' }).click()
  const below = await appFrame(page, '/menu')
  await init(below)
  equal(optionsOf(last('/menu')), { URI: `/company/personal/user/${employee.id}/`, USER_ID: String(admin.id) }, 'where the widget is')
  await below.evaluate(() => {
    window.wasClosed = false
    window.BX24.openApplication({ opened: true, list: [1, 2] }, () => { window.wasClosed = true }, { width: 450, title: 'Its settings', label: { text: 'new', bgColor: 'pink', color: '#000' } })
  })
  const slider = page.getByRole('dialog', { name: 'Its settings' })
  await slider.waitFor()
  equal(await slider.evaluate((it) => it.style.width), '450px', 'the width')
  const above = await appFrame(page, '/handler')
  await init(above)
  equal(await above.evaluate(() => window.BX24.placement.info()), { placement: 'DEFAULT', options: { opened: true, list: [1, 2] } }, 'what it was given')
  equal(await below.evaluate(() => window.wasClosed), false, 'not closed yet')
  await above.evaluate(() => window.BX24.closeApplication())
  await below.waitForFunction(() => window.wasClosed)
  equal(await page.locator('dialog.slider').count(), 1, 'the one below stays')
})

await check('paths of Muster open over a slider, other sites do not', async () => {
  const below = await appFrame(page, '/menu')
  const open = (path) => below.evaluate((path) => new Promise((done) => window.BX24.openPath(path, done)), path)
  for (const path of ['https://evil.example/', '//evil.example/', 'javascript:alert(1)', 'company/']) {
    equal(await open(path), { result: 'error', errorCode: 'PATH_NOT_AVAILABLE' }, path)
  }
  const answer = open(`/company/personal/user/${employee.id}/`)
  await page.waitForFunction(() => document.querySelectorAll('dialog.slider').length === 2)
  const shown = page.frameLocator('dialog.slider >> nth=1 >> iframe')
  await shown.getByRole('heading', { level: 1 }).waitFor()
  equal(await shown.locator('nav.side, header.top').count(), 0, 'menus in the slider')
  await shown.getByRole('heading', { level: 1 }).click()
  await page.keyboard.press('Escape')
  equal(await answer, { result: 'close' }, 'the answer once it is closed')
  await page.getByRole('button', { name: 'Close' }).click()
  await gone(page, 'dialog.slider')
})

await check('without a script, and with other keys, widgets are pages', async () => {
  const [other] = await Promise.all([
    page.context().waitForEvent('page'),
    page.locator('main summary', { hasText: 'Apps' }).click().then(() => page.getByRole('link', { name: 'In USER_PROFILE_TOOLBAR' }).click({ modifiers: ['Control'] })),
  ])
  await appFrame(other, '/toolbar')
  ok(/\/apps\/1\/widget\/\d+\/\?user=/.test(other.url()), other.url())
  equal(await other.locator('nav.side').count(), 1, 'the menu')
  await other.close()
  const plain = await newVisitor({ javaScriptEnabled: false })
  await signIn(plain, admin)
  await plain.goto(`/company/personal/user/${employee.id}/`)
  await plain.locator('main summary', { hasText: 'Apps' }).click()
  await plain.getByRole('link', { name: 'In USER_PROFILE_TOOLBAR' }).click()
  await plain.getByRole('button', { name: 'Open' }).waitFor()
})

await check('apps stand in the main menu', async () => {
  await page.goto('/')
  const nav = page.getByRole('navigation', { name: 'Main menu' })
  await nav.getByRole('link', { name: 'In LEFT_MENU' }).click()
  await appFrame(page, '/left')
  equal(await nav.locator('[aria-current]').textContent(), 'In LEFT_MENU', 'the current entry')
  await nav.getByRole('link', { name: 'Classic' }).click()
  await appFrame(page, '/handler')
})

await check('the pages about apps are accessible with an app on them', async () => {
  for (const path of ['/apps/', '/apps/1/', '/admin/', '/admin/apps/', '/admin/apps/1/', '/developers/methods/user.get/']) {
    await page.goto(path)
    equal(await violations(page), [], path)
  }
})

await check('a link in a text opens the app with its parameters', async () => {
  await page.goto('/tasks/')
  await page.evaluate((code) => {
    const link = document.createElement('a')
    link.href = `/marketplace/view/${code}/?params[docId]=42&params[test]=y`
    link.textContent = 'Document 42'
    document.querySelector('main').append(link)
  }, clientId)
  await page.getByRole('link', { name: 'Document 42' }).click()
  await page.getByRole('dialog', { name: 'Document 42' }).waitFor()
  const frame = await appFrame(page, '/uri')
  await init(frame)
  equal(await frame.evaluate(() => window.BX24.placement.info()), {
    placement: 'REST_APP_URI', options: { docId: '42', test: 'y', URI: '/tasks/' },
  }, 'what it was given')
  await page.goto(`/marketplace/view/${clientId}/?params[URI]=own`)
  await appFrame(page, '/uri')
  equal(optionsOf(last('/uri')), { URI: 'own' }, 'its own word goes first')
})

await check('the page of an app in the first steps works as it is', async () => {
  await page.goto('/developers/start/')
  snippet = await page.locator('#snippet-bx24').textContent()
  // Muster was given no public address here, so that it names itself by what it listens on.
  snippet = snippet.replace(/src="[^"]*\/api\/v1\/"/, `src="${URL_OF_MUSTER}/api/v1/"`)
  await page.goto('/apps/1/')
  const frame = await appFrame(page, '/handler')
  await init(frame)
  equal((await call(frame, 'placement.bind', { PLACEMENT: 'LEFT_MENU', HANDLER: `${ORIGIN}/snippet`, TITLE: 'Snippet' })).data, true, 'bound')
  await page.goto('/apps/')
  await page.getByRole('main').getByRole('link', { name: 'Snippet' }).click()
  const shown = await appFrame(page, '/snippet')
  await shown.waitForFunction(() => document.querySelector('#name').textContent.length > 0)
})

await check('a worker runs on every page and is seen on none', async () => {
  await page.goto('/apps/1/')
  const frame = await appFrame(page, '/handler')
  await init(frame)
  const worker = { PLACEMENT: 'PAGE_BACKGROUND_WORKER', HANDLER: `${ORIGIN}/worker` }
  equal((await call(frame, 'placement.bind', worker)).error, 'EMPTY_ERROR_HANDLER_URL', 'without an address for errors')
  equal((await call(frame, 'placement.bind', { ...worker, OPTIONS: { errorHandlerUrl: `${ORIGIN}/broken`, more: 1 } })).data, true, 'bound')
  const kept = (await call(frame, 'placement.get')).data.find((it) => it.placement === worker.PLACEMENT)
  equal(kept.options, { errorHandlerUrl: `${ORIGIN}/broken` }, 'what is kept of the options')
  await page.goto(`/company/?q=a`)
  const background = await appFrame(page, '/worker')
  await init(background)
  equal(optionsOf(last('/worker')), { ID: 'PAGE_BACKGROUND_WORKER', URI: '/company/?q=a' }, 'where it runs')
  equal(await page.locator('iframe.worker').boundingBox().then((it) => it === null || it.width * it.height === 0), true, 'unseen')
  equal(await violations(page), [], 'axe-core')
  equal(page.frames().filter((it) => it.url().startsWith(`${ORIGIN}/worker`)).length, 1, 'one worker, which does not bring itself along')
  await background.evaluate(() => window.BX24.openApplication({ called: 'yes' }))
  await page.getByRole('dialog', { name: /PAGE_BACKGROUND|Classic/ }).waitFor()
  await appFrame(page, '/handler')
  equal(optionsOf(last('/handler')), { called: 'yes' }, 'what it opens')
})

await check('a worker that is slow too often loses its place', async () => {
  slowness = 6000
  const reported = []
  page.on('response', (it) => it.url().endsWith('/slow/') && reported.push(it.status()))
  await page.goto('/company/')
  for (let waits = 0; waits < 80 && reported.length === 0; waits++) await page.waitForTimeout(100)
  equal(reported, [200], 'that it was slow is told')
  slowness = 0
})

app.close()
await finish()

// An app in a frame from another origin, built with the genuine UMD build of @bitrix24/b24jssdk: installed by its own page,
// with a widget in the profile, dialogs, options and new tokens. And what such an app must not be able to do.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { PEOPLE, check, equal, finish, newVisitor, ok, signIn } from './browser.mjs'

const { admin, employee } = PEOPLE
const sdk = readFileSync(new URL('../node/node_modules/@bitrix24/b24jssdk/dist/umd/index.min.js', import.meta.url))

/** What was posted to the app's addresses, by path. */
const posted = []
const app = createServer((request, response) => {
  if (request.url.startsWith('/sdk.js')) {
    response.setHeader('Content-Type', 'text/javascript')
    return response.end(sdk)
  }
  let body = ''
  request.on('data', (part) => (body += part))
  request.on('end', () => {
    const address = new URL(request.url, 'http://app')
    posted.push({ path: address.pathname, verb: request.method, query: address.searchParams, form: new URLSearchParams(body) })
    response.setHeader('Content-Type', 'text/html')
    response.end('<!doctype html><title>App</title><script src="/sdk.js"></script><p>App</p>')
  })
})
await new Promise((done) => app.listen(0, '127.0.0.1', done))
const ORIGIN = `http://127.0.0.1:${app.address().port}`

const appFrame = async (page) => {
  await page.waitForFunction((origin) => document.querySelector('iframe') && window.frames.length > 0 && origin, ORIGIN)
  for (let tries = 0; tries < 200; tries++) {
    const frame = page.frames().find((it) => it.url().startsWith(ORIGIN))
    if (frame && (await frame.evaluate(() => typeof window.B24Js).catch(() => '')) === 'object') return frame
    await page.waitForTimeout(50)
  }
  throw new Error(`the app is not there: ${page.frames().map((it) => it.url())}`)
}
/** Calls a method with the SDK in the frame. */
const call = (frame, method, params = {}) =>
  frame.evaluate(async ([method, params]) => {
    window.$b24 ??= await window.B24Js.initializeB24Frame()
    const response = await window.$b24.actions.v2.call.make({ method, params })
    if (!response.isSuccess) throw new Error(response.getErrorMessages().join('; '))
    return response.getData().result
  }, [method, params])

const page = await newVisitor()
await signIn(page, admin)

await check('an app is registered in the pages', async () => {
  await page.goto('/admin/apps/')
  await page.getByRole('textbox', { name: 'Name' }).fill('Framed')
  await page.getByRole('textbox', { name: 'Where people are sent back to' }).fill(`${ORIGIN}/handler?from=muster`)
  await page.getByRole('textbox', { name: 'Installation page' }).fill(`${ORIGIN}/install`)
  for (const scope of ['user', 'placement']) await page.locator(`input[value="${scope}"]`).check()
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByText('client_secret').waitFor()
})

await check('someone without rights waits for the installation', async () => {
  const other = await newVisitor()
  await signIn(other, employee)
  await other.goto('/apps/1/')
  await other.getByText('not fully installed yet').waitFor()
  equal(other.frames().length, 1, 'frames')
})

await check('the installation page is opened, puts a widget and finishes', async () => {
  await page.goto('/apps/1/')
  const frame = await appFrame(page)
  const { query, form, verb } = posted.at(-1)
  equal([verb, posted.at(-1).path], ['POST', '/install'], 'what was asked for')
  equal(query.get('DOMAIN'), new URL(page.url()).host, 'DOMAIN')
  equal([query.get('PROTOCOL'), query.get('LANG'), query.get('APP_SID').length], ['0', 'en', 32], 'PROTOCOL, LANG and APP_SID')
  equal([form.get('PLACEMENT'), form.get('status'), form.get('APPLICATION_SCOPE')], ['DEFAULT', 'L', 'user,placement'], 'the form')
  JSON.parse(form.get('PLACEMENT_OPTIONS'))
  ok(!form.has('form'), 'no token of ours goes to the app')
  equal(await frame.evaluate(async () => {
    window.$b24 = await window.B24Js.initializeB24Frame()
    return [window.$b24.isInstallMode, window.$b24.isFirstRun]
  }), [true, true], 'how the SDK sees it')
  for (const place of ['USER_PROFILE_TOOLBAR', 'USER_PROFILE_MENU', 'LEFT_MENU']) {
    equal(await call(frame, 'placement.bind', { PLACEMENT: place, HANDLER: `${ORIGIN}/widget`, TITLE: `In ${place}` }), true, place)
  }
  await Promise.all([page.waitForNavigation(), frame.evaluate(() => void window.$b24.installFinish())])
  await appFrame(page)
  equal(posted.at(-1).path, '/handler', 'what is opened now')
  equal(posted.at(-1).query.get('from'), 'muster', 'the query of the handler')
})

await check('calls, options, new tokens and the title', async () => {
  const frame = await appFrame(page)
  equal((await call(frame, 'user.current')).ID, String(admin.id), 'who calls')
  const renewed = await frame.evaluate(async () => {
    const before = window.$b24.auth.getAuthData().access_token
    const after = (await window.$b24.auth.refreshAuth()).access_token
    return [before.length, after.length, before === after]
  })
  equal(renewed, [32, 32, false], 'the tokens')
  equal((await call(frame, 'user.current')).ID, String(admin.id), 'who calls with the new one')
  await frame.evaluate(async () => {
    await window.$b24.options.appSet('color', { deep: 'red' })
    await window.$b24.options.userSet('mine', 'blue')
    await window.$b24.parent.setTitle('A title of the app')
    await window.$b24.parent.resizeWindow(600, 333)
  })
  equal(await call(frame, 'app.option.get'), { color: { deep: 'red' } }, 'options of the app')
  equal(await call(frame, 'user.option.get'), { mine: 'blue' }, 'options of the person')
  await page.getByRole('heading', { name: 'A title of the app' }).waitFor()
  equal(await page.locator('iframe').evaluate((it) => it.style.height), '333px', 'the height')
})

await check('people are chosen in a dialog', async () => {
  const frame = await appFrame(page)
  const chosen = frame.evaluate(() => window.$b24.dialog.selectUser())
  await page.getByLabel('Find people').last().fill(employee.email.split(/[.@]/)[0])
  await page.locator('dialog li').first().waitFor()
  await page.locator('dialog li input').first().check()
  await page.getByRole('button', { name: 'Choose' }).click()
  const user = await chosen
  ok(Number(user.id) > 0 && user.name.length > 1, JSON.stringify(user))
})

await check('widgets stand in the profile and in the menus', async () => {
  await page.goto(`/company/personal/user/${employee.id}/`)
  await page.locator('main summary', { hasText: 'Apps' }).click()
  await page.getByRole('link', { name: 'In USER_PROFILE_TOOLBAR' }).click()
  const frame = await appFrame(page)
  const { path, form } = posted.at(-1)
  equal([path, form.get('PLACEMENT')], ['/widget', 'USER_PROFILE_TOOLBAR'], 'what was asked for')
  equal(JSON.parse(form.get('PLACEMENT_OPTIONS')).USER_ID, String(employee.id), 'whose card')
  equal(await frame.evaluate(async () => (await window.B24Js.initializeB24Frame()).placement.title), 'USER_PROFILE_TOOLBAR', 'the SDK')
  const closed = page.waitForFunction(() => !document.querySelector('dialog.slider'))
  await frame.evaluate(async () => void (await window.B24Js.initializeB24Frame()).slider.closeSliderAppPage())
  await closed
  await page.locator('header summary').click()
  await page.getByRole('link', { name: 'In USER_PROFILE_MENU' }).click()
  const menu = await appFrame(page)
  equal(JSON.parse(posted.at(-1).form.get('PLACEMENT_OPTIONS')).USER_ID, String(admin.id), 'whose menu')
  await menu.evaluate(async (path) => {
    window.$b24 = await window.B24Js.initializeB24Frame()
    window.outcome = window.$b24.slider.openPath(window.$b24.slider.getUrl(path), 900)
  }, `/company/personal/user/${employee.id}/`)
  const shown = page.frameLocator('dialog.slider >> nth=1 >> iframe')
  await shown.getByRole('heading', { level: 1 }).waitFor()
  await page.keyboard.press('Escape')
  equal(await menu.evaluate(() => window.outcome), { isOpenAtNewWindow: false, isClose: true }, 'openPath of the SDK')
  await page.goto('/apps/')
  await page.getByRole('main').getByRole('link', { name: 'In LEFT_MENU' }).waitFor()
})

await check('the app and its widget stand in the menu of every page', async () => {
  await page.goto('/company/')
  const menu = page.getByRole('navigation', { name: 'Main menu' })
  await menu.getByRole('link', { name: 'Framed' }).click()
  await page.waitForURL('**/apps/1/')
  await appFrame(page)
  equal([posted.at(-1).path, posted.at(-1).form.get('PLACEMENT')], ['/handler', 'DEFAULT'], 'what the app is asked for')
  equal(await menu.locator('[aria-current=page]').innerText(), 'Framed', 'where the menu says one is')
  await menu.getByRole('link', { name: 'In LEFT_MENU' }).click()
  await page.waitForURL(/\/apps\/1\/widget\//)
  await appFrame(page)
  equal([posted.at(-1).path, posted.at(-1).form.get('PLACEMENT')], ['/widget', 'LEFT_MENU'], 'what the widget is asked for')
})

await check('an app gets no further than it may', async () => {
  await page.goto('/apps/1/')
  const frame = await appFrame(page)
  const sid = posted.at(-1).query.get('APP_SID')
  const target = new URL(page.url()).origin
  /** What the page answers to a message within a second. */
  const asked = (message) => frame.evaluate(([message, target]) => new Promise((resolve) => {
    window.addEventListener('message', (event) => resolve(event.data), { once: true })
    window.parent.postMessage(message, target)
    setTimeout(() => resolve('silence'), 1000)
  }), [message, target])
  ok((await asked(`getInitData:cb:${sid}`)).startsWith('cb:{'), 'the page answers its app')
  equal(await asked('getInitData:cb:ffffffffffffffffffffffffffffffff'), 'silence', 'another APP_SID')
  equal(await asked(`constructor:cb:${sid}`), 'silence', 'what is no command')
  equal(await asked(`openPath:{"path":"https://evil.example/"}:cb:${sid}`), 'cb:{"result":"error","errorCode":"PATH_NOT_AVAILABLE"}', 'another site')
  equal(await asked(`openPath:{"path":"//evil.example/"}:cb:${sid}`), 'cb:{"result":"error","errorCode":"PATH_NOT_AVAILABLE"}', 'another site')
  // Without its dots this path begins with two slashes, which must not be read as the name of another site.
  await asked(`openPath:{"path":"/.//evil.example/"}:cb:${sid}`)
  equal(await page.locator('dialog.slider iframe').evaluate((it) => new URL(it.src).origin), target, 'where a path with dots leads')
  await page.getByRole('button', { name: 'Close' }).click()
  const elsewhere = await page.evaluate((sid) => new Promise((resolve) => {
    const stranger = document.createElement('iframe')
    document.body.append(stranger)
    stranger.contentWindow.addEventListener('message', (event) => resolve(event.data))
    stranger.contentWindow.parent.postMessage(`getInitData:cb:${sid}`, location.origin)
    setTimeout(() => resolve('silence'), 1000)
  }), sid)
  equal(elsewhere, 'silence', 'another frame')
  await frame.evaluate(() => { try { window.top.location = 'https://evil.example/' } catch { /* refused */ } })
  await page.waitForTimeout(300)
  ok(page.url().endsWith('/apps/1/'), 'the app does not lead the page away')
})

app.close()
finish()

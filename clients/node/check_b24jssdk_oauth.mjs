// @bitrix24/b24jssdk as an app: tokens that it refreshes by itself, options, events and batches with them.
import { AjaxError, B24OAuth, ParamsFactory } from '@bitrix24/b24jssdk'
import { ADMIN_ID, check, equal, finish, ok, raised } from './checks.mjs'

const APP = JSON.parse(process.env.MUSTER_APP)
const base = `https://${APP.domain}`

const unbraked = {
  ...ParamsFactory.getDefault(),
  rateLimit: { burstLimit: 100_000, drainRate: 1_000, adaptiveEnabled: false }
}

/** The SDK with tokens of the app. It is told that they last, so that it learns from Muster that they do not. */
function connect(kind, secret = APP.client_secret) {
  const { access_token, refresh_token, user_id } = APP[kind]
  const b24 = new B24OAuth(
    {
      applicationToken: '',
      userId: user_id,
      memberId: APP.member_id,
      accessToken: access_token,
      refreshToken: refresh_token,
      expires: Math.floor(Date.now() / 1000) + 600,
      expiresIn: 3600,
      scope: APP.scope,
      domain: APP.domain,
      clientEndpoint: `${base}/rest/`,
      serverEndpoint: `${base}/rest/`,
      status: 'L'
    },
    { clientId: APP.client_id, clientSecret: secret },
    { restrictionParams: unbraked }
  )
  b24.offClientSideWarning()
  return b24
}

async function result(b24, method, params = {}) {
  const response = await b24.actions.v2.call.make({ method, params })
  ok(response.isSuccess, `${method}: ${response.getErrorMessages().join('; ')}`)
  return response.getData().result
}

const b24 = connect('expired')
let refreshed = 0
b24.setCallbackRefreshAuth(async () => {
  refreshed++
})

await check('an expired token is refreshed by itself', async () => {
  equal((await result(b24, 'user.current')).ID, String(ADMIN_ID), 'ID')
  equal(refreshed, 1, 'how often it was refreshed')
  equal((await result(b24, 'user.current')).ID, String(ADMIN_ID), 'ID')
  equal(refreshed, 1, 'how often it was refreshed')
})

await check('the tokens act for who signed in', async () => {
  const employee = connect('employee')
  equal((await result(employee, 'user.current')).ID, String(APP.employee.user_id), 'ID')
  equal(await result(employee, 'user.admin'), false, 'not an administrator')
  const error = await raised(AjaxError, result(employee, 'user.update', { ID: ADMIN_ID, NAME: 'Mine' }))
  ok(/access_denied/.test(String(error.message)), error.message)
})

await check('options', async () => {
  equal(await result(b24, 'app.option.set', { options: { js: { a: [1] } } }), true, 'set')
  equal(await result(b24, 'app.option.get', { option: 'js' }), { a: [1] }, 'get')
})

await check('a batch with an access token', async () => {
  const response = await b24.actions.v2.batch.make({
    calls: { me: { method: 'user.current', params: {} }, all: { method: 'events', params: {} } },
    options: { isHaltOnError: true, returnAjaxResult: false }
  })
  ok(response.isSuccess, response.getErrorMessages().join('; '))
  const { me, all } = response.getData()
  equal(me.ID, String(ADMIN_ID), 'ID')
  ok(all.includes('ONUSERADD'), `events: ${all}`)
})

await check('an event is bound and unbound', async () => {
  const handler = 'https://app.example.com/handler/'
  equal(await result(b24, 'event.bind', { event: 'onUserAdd', handler }), true, 'bound')
  equal((await result(b24, 'event.get')).filter((it) => it.handler === handler).length, 1, 'listed')
  equal(await result(b24, 'event.unbind', { event: 'onUserAdd', handler }), { count: 1 }, 'unbound')
})

await check('an app that does not know its secret gets no tokens', async () => {
  const error = await raised(Error, result(connect('stolen', 'x'), 'user.current'))
  equal(error.message, 'Invalid client data was provided', 'what is said')
})

finish()

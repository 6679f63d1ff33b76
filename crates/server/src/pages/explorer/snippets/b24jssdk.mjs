import { B24Hook } from '@bitrix24/b24jssdk'

const b24 = B24Hook.fromWebhookUrl('ADDRESS/rest/1/SECRET/')
const answer = await b24.actions.v2.call.make({ method: 'user.current', params: {} })
console.log(answer.getData().result.NAME)

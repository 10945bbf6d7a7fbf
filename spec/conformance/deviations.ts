/**
 * What works otherwise than in the original, or is not there, and why. By what tests note: `operation …`, `method …`, `event …`, `code …`, `webhook …`.
 */
export const deviations: Readonly<Record<string, string>> = {
  'code 20429': 'requests of a client SDK wait their turn instead (decision 0005)',
  'code 50413': 'every address is taken to be ours until `PARLEY_PROXY_ADDRESSES` says which are',
}

const wherever = (codes: string) => `an access token is refused by REST as on a connection: ${codes}`

/** Codes of the original that nobody is ever answered here, and why. */
export const neverAnswered: Readonly<Record<number, string>> = {
  20006: 'helper libraries take it for the end of a list; what is not theirs is not there (20404)',
  20007: 'a page that is asked too large is as large as pages get',
  20101: wherever('51130'),
  20102: wherever('51114'),
  20103: wherever('51115'),
  20105: wherever('51120'),
  20106: wherever('51103 to 51105, 51116'),
  20107: wherever('51117'),
  20151: 'every check of an access token has a number of its own',
  20152: wherever('51114'),
  20153: wherever('51115'),
  20154: wherever('51116'),
  20155: wherever('51120'),
  20156: wherever('20104'),
  20157: wherever('51121'),
  20158: 'every check of an access token has a number of its own',
  20159: wherever('51117'),
  20160: wherever('51130'),
  20162: 'one waits for the other instead',
  20410: 'what was deleted is not there (20404)',
  20426: 'the port takes every version of HTTP/1.1 and websockets; nobody has to change over',
  50002: 'what is deleted is gone at once',
  50074: 'writes are limited for a conversation and for a service; over all of them there is no limit',
  50203: 'no identity is reserved',
  50213: 'one waits for the other instead',
  50340: 'a conversation without a messaging service is told when it needs one (50373)',
  50342: 'messaging services are names here, and belong to nobody',
  50351: 'no path is without it',
  50360: 'a webhook that is not there is 20404, and apps know no webhooks',
  50363: 'a webhook that is not there is 20404',
  50373: 'every account has a messaging service by default',
  50382: 'the state is active when nobody says another, so timers are taken',
  50385: 'there are no regions',
  50415: 'whether an address is enabled for WhatsApp is known by its provider alone',
  50419: 'one waits for the other instead',
  50422: 'the same limit as 50418',
  50435: 'a group needs no activation',
  50440: 'a proxy address can always be removed',
  50452: 'groups are enabled for everybody',
  50511: 'the type of a file is seen from its bytes, whatever its sender says; every type may be sent',
  51007: 'every check of an access token has a number of its own',
  51110: 'an object of JSON has a name once: there is one chat grant, the last',
  51119: 'an expired token is 20104, which is what SDKs renew for',
}

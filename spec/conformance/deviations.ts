/**
 * What works otherwise than in the original, or is not there, and why. By what tests note: `operation …`, `method …`, `event …`, `code …`, `webhook …`.
 */
export const deviations: Readonly<Record<string, string>> = {
  'code 20429': 'requests of a client SDK wait their turn instead (decision 0005)',
  'code 50413': 'every address is taken to be ours until `PARLEY_PROXY_ADDRESSES` says which are',
}

/** Codes of the original that nobody is ever answered here, and why. */
export const neverAnswered: Readonly<Record<number, string>> = {
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
}

/** Which addresses for sound an answer has to hold before it is sent. */

import type { PhoneGrant } from '@/api/types'

type IceServers = PhoneGrant['ice_servers']

/** Whether sound may have no way but through a server that carries it. */
export function needsRelay(servers: IceServers | undefined): boolean {
  return servers?.some(({ urls }) => urls.startsWith('turn')) ?? false
}

/** Whether the description has an address that the switch can use: it takes UDP alone. */
export function hasAddress(description: string, kind: 'any' | 'relay'): boolean {
  const isOfKind = kind === 'relay' ? / udp .* typ relay\b/i : / udp /i
  return description.split('\r\n').some((line) => line.startsWith('a=candidate:') && isOfKind.test(line))
}

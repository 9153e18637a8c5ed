import { BlockList, isIP } from 'node:net';

/** Ranges outside of the public internet. https://www.iana.org/assignments/iana-ipv4-special-registry */
const reserved4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

/**
 * Special ranges inside of global unicast (2000::/3): protocol assignments with Teredo, documentation, and 6to4, which embeds an IPv4 address.
 * https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const reserved6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const reserved = new BlockList();
for (const [network, prefix] of reserved4) reserved.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of reserved6) reserved.addSubnet(network, prefix, 'ipv6');
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');

/**
 * Whether a text is an IP address of the public internet: not private, loopback, link-local (where clouds serve metadata), shared, multicast or
 * otherwise reserved. IPv6 outside of global unicast is refused, and with it mapped or translated IPv4 addresses (::ffff:0:0/96, 64:ff9b::/96) and
 * unique-local ones.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !reserved.check(address, 'ipv4');
  return family === 6 && global6.check(address, 'ipv6') && !reserved.check(address, 'ipv6');
}

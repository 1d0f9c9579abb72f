import assert from 'node:assert/strict';
import dns from 'node:dns';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetch } from 'undici';
import type { ProbeSpec } from '../../../src/contracts/campaign.ts';
import { openProbe } from '../../../src/probes/open-probe.ts';
import type { ProbeContext } from '../../../src/probes/probe.ts';
import { rootMessage } from '../../../src/root-message.ts';
import { defaultEgress, type EgressPolicy, EgressRefused, isDestination, refuseAddress, refuseHost } from '../../../src/security/egress.ts';
import { guardedAgent } from '../../../src/security/guarded-connect.ts';

const refusedBy = (policy: EgressPolicy, host: string) => {
  try {
    refuseHost(host, policy);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof EgressRefused);
    return error.message;
  }
};

describe('where probes may connect to', () => {
  it('is never a metadata service, however its address is written', () => {
    const everything: EgressPolicy = { allow: ['*', '0.0.0.0/0', '::/0'], loopback: true };
    for (const host of [
      '169.254.169.254',
      '169.254.170.2',
      '::ffff:169.254.169.254',
      '::ffff:a9fe:a9fe',
      '64:ff9b::a9fe:a9fe',
      'fd00:ec2::254',
      'fe80::1',
      'fe80::1%eth0',
      '100.100.100.200',
      '168.63.129.16',
      'metadata.google.internal',
      'METADATA.google.internal.',
      '224.0.0.1',
      '255.255.255.255',
    ]) {
      for (const policy of [defaultEgress, everything]) assert.match(refusedBy(policy, host) ?? '', /is not probed/, host);
    }
  });

  it('is the own machine only where that is allowed', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1', '::ffff:7f00:1']) {
      assert.match(refusedBy(defaultEgress, host) ?? '', /the worker's own machine/, host);
      assert.equal(refusedBy({ allow: null, loopback: true }, host), undefined, host);
    }
  });

  it('is anywhere else by default, in the cluster and outside', () => {
    for (const host of ['10.0.0.1', '192.168.1.1', '203.0.113.9', 'fd12::1', 'cart.shop.svc', 'example.com']) {
      assert.equal(refusedBy(defaultEgress, host), undefined, host);
    }
  });

  it('is what the policy lists, by name or by address', () => {
    const policy: EgressPolicy = {
      allow: ['*.shop.svc', 'prometheus.example.com', '10.1.0.0/16', 'fd12::/16', '192.0.2.7'],
      loopback: false,
    };
    for (const host of ['cart.shop.svc', 'Cart.Shop.svc.', 'prometheus.example.com', '10.1.2.3', 'fd12::9', '192.0.2.7']) {
      assert.equal(refusedBy(policy, host), undefined, host);
    }
    for (const host of ['10.2.0.1', '192.0.2.8', 'fd13::1']) assert.match(refusedBy(policy, host) ?? '', /does not list it/, host);
    // A name is judged by its addresses when it is no listed one.
    assert.equal(refusedBy(policy, 'bank.svc'), undefined);
    assert.throws(() => refuseAddress('10.2.0.1', 'bank.svc', policy), /bank\.svc \(10\.2\.0\.1\) is not probed/);
    assert.doesNotThrow(() => refuseAddress('10.1.0.1', 'bank.svc', policy));
    assert.doesNotThrow(() => refuseAddress('203.0.113.1', 'cart.shop.svc', policy));
    assert.throws(() => refuseAddress('169.254.169.254', 'cart.shop.svc', policy), EgressRefused);
    assert.match(refusedBy({ allow: ['cart.shop.svc'], loopback: false }, 'cartXshop.svc') ?? '', /does not list it/);
    assert.match(refusedBy({ allow: [], loopback: false }, '10.0.0.1') ?? '', /does not list it/);
  });

  it('is written as a name, an address or a range', () => {
    for (const each of ['*', '*.shop.svc', 'a', '10.0.0.0/8', '10.0.0.1', 'fd00::/8', '::1']) assert.ok(isDestination(each), each);
    for (const each of ['http://a', 'a/b', '10.0.0.0/33', 'a b', '']) assert.ok(!isDestination(each), each);
  });
});

describe('connections of probes', () => {
  let server: Server;
  let port: number;
  let asked = 0;
  const { lookup } = dns;

  before(async () => {
    server = createServer((request, response) => {
      asked += 1;
      if (request.url === '/away') response.writeHead(302, { location: `http://127.0.0.1:${port}/inside` });
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  after(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  beforeEach(() => {
    asked = 0;
  });

  async function sampled(type: string, parameters: ProbeSpec['parameters'], egress?: EgressPolicy): Promise<string | undefined> {
    const spec: ProbeSpec = { name: 'p', type, parameters, when: 'during', weight: 0, intervalMs: 100, timeoutMs: 2_000 };
    const context = { prometheusUrl: null, ...(egress && { egress }) } as unknown as ProbeContext;
    await using probe = await openProbe(spec, context, { election: null });
    return (await probe.sample(AbortSignal.timeout(5_000))).error;
  }

  it('are refused for each kind of probe whose address a document gives, by address and by name', async () => {
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
      const url = `http://${host}:${port}`;
      assert.match((await sampled('http', { url, expectedStatus: 200 })) ?? '', /is not probed/, url);
      assert.match((await sampled('prometheus', { url, query: 'up' })) ?? '', /is not probed/, url);
    }
    for (const host of ['127.0.0.1', 'localhost']) assert.match((await sampled('tcp', { host, port })) ?? '', /is not probed/, host);
    assert.equal(asked, 0, 'nothing was sent');
    const loopback = { allow: null, loopback: true };
    assert.equal(await sampled('http', { url: `http://localhost:${port}`, expectedStatus: 200 }, loopback), undefined);
    assert.equal(await sampled('tcp', { host: 'localhost', port }, loopback), undefined);
    assert.equal(asked, 1);
  });

  it('follow no redirect to where they may not go', async () => {
    // By its name it may be asked, by its address not: as when a server outside sends a probe inside.
    const policy = { allow: ['localhost'], loopback: true };
    await using agent = { dispatcher: guardedAgent(policy), [Symbol.asyncDispose]: () => agent.dispatcher.destroy() };
    const error = await fetch(`http://localhost:${port}/away`, { dispatcher: agent.dispatcher }).catch((reason: unknown) => reason);
    assert.match(rootMessage(error), /127\.0\.0\.1 is not probed/);
    assert.equal(asked, 1);
  });

  it('go to the address that was judged, whatever the name says the next time', async () => {
    // A name server that first tells an outside address, and then the inside one.
    let looks = 0;
    (dns as { lookup: unknown }).lookup = (_name: string, _options: unknown, callback: (...answer: unknown[]) => void) => {
      looks += 1;
      callback(null, [{ address: looks === 1 ? '192.0.2.1' : '127.0.0.1', family: 4 }]);
    };
    try {
      await using agent = { dispatcher: guardedAgent(defaultEgress), [Symbol.asyncDispose]: () => agent.dispatcher.destroy() };
      const ask = (signal: AbortSignal) => fetch(`http://rebound.example:${port}/`, { dispatcher: agent.dispatcher, signal });
      // Nothing answers at the first address (TEST-NET-1): it was taken as allowed, and was what was connected to.
      await assert.rejects(ask(AbortSignal.timeout(200)));
      const second = await ask(AbortSignal.timeout(2_000)).catch((reason: unknown) => reason);
      assert.match(rootMessage(second), /rebound\.example \(127\.0\.0\.1\) is not probed/);
      assert.equal(asked, 0);
    } finally {
      (dns as { lookup: unknown }).lookup = lookup;
    }
  });
});

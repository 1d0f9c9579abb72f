import assert from 'node:assert/strict';
import { faultDeclarations } from '../../../src/faults/declarations.ts';
import { describeFault } from '../../../src/faults/describe-fault.ts';
import { ApiServer } from '../../support/api-server.ts';

// The catalogue is told without Temporal: nothing listens at the address given.
describe('GET /v1/faults', () => {
  let api: ApiServer;
  before(async () => {
    api = await ApiServer.start('127.0.0.1:1');
  });
  after(() => api[Symbol.asyncDispose]());

  it('tells every fault of the catalogue', async () => {
    const response = await fetch(`${api.url}/v1/faults`);
    assert.equal(response.status, 200);
    const { faults } = (await response.json()) as { faults: unknown };
    assert.deepEqual(faults, JSON.parse(JSON.stringify(faultDeclarations.map(describeFault))));
  });

  it('finds one by its name and by an alias', async () => {
    for (const name of ['pod-network-latency', 'network-latency']) {
      const response = await fetch(`${api.url}/v1/faults/${name}`);
      assert.equal(((await response.json()) as { name: string }).name, 'pod-network-latency');
    }
  });

  it('names those there are, when asked for one there is not', async () => {
    const response = await fetch(`${api.url}/v1/faults/pod-delet`);
    assert.equal(response.status, 404);
    assert.match(((await response.json()) as { detail: string }).detail, /did you mean pod-delete\?/);
    assert.equal((await fetch(`${api.url}/v1/faults`, { method: 'POST' })).status, 405);
  });
});

import assert from 'node:assert/strict';
import { browserModule, browserModuleNames, entryModule } from '../../../src/pages/browser-modules.ts';

describe('browser modules', () => {
  it('are the page and all that it imports, each by a name of its own', () => {
    const names = browserModuleNames();
    assert.ok(names.includes(entryModule) && names.includes('client.follow-events.js'), names.join());
    for (const name of names) {
      const source = browserModule(name) ?? '';
      for (const [, imported = ''] of source.matchAll(/\bfrom\s*'([^']+)'/g)) {
        assert.match(imported, /^\.\/[a-z.-]+\.js$/, `${name} imports ${imported}`);
        assert.ok(names.includes(imported.slice(2)), `${name} imports ${imported}`);
      }
    }
  });

  it('are no other file of the service', () => {
    for (const name of ['config.js', '../config.ts', 'pages.browser.main.ts', 'api.auth.auth-file.js'])
      assert.equal(browserModule(name), undefined);
  });
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';
import { parseYaml } from '../../component/yaml.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const services = '{api,component,client,apiserver,scheduler,controllers,kubelet,kube-proxy}';

/** Names of the metrics that the components make, as their sources say. */
function exposedMetrics(): Set<string> {
  const names = new Set(['up']);
  for (const file of globSync(`${services}/**/*.ts`, { cwd: root })) {
    if (file.endsWith('.test.ts')) continue;
    const text = readFileSync(`${root}${file}`, 'utf8');
    if (!/\b(counter|gauge|histogram)\(/.test(text)) continue;
    const prefix = /\bprefix = '(\w+)'/.exec(text)?.[1] ?? '';
    for (const [, name] of text.matchAll(/\bname: ['`]([\w${}]+)['`]/g)) names.add(name!.replace('${prefix}', prefix));
  }
  return names;
}

/** Names of metrics in a query: words that are no function, label or keyword. */
function metricsIn(query: string): string[] {
  const bare = query
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\b(by|without|on)\s*\([^)]*\)/g, '')
    .replace(/\[[^\]]*\]/g, '');
  const words = [...bare.matchAll(/\b[a-z]\w*\b(?!\s*\()/g)].map(([word]) => word);
  return words.filter((word) => !['by', 'or', 'and', 'unless'].includes(word));
}

const expressions: [source: string, expression: string][] = [];
const dashboard = JSON.parse(readFileSync(`${root}deploy/grafana/cluster.json`, 'utf8')) as {
  panels: { title: string; targets: { expr: string }[] }[];
};
for (const { title, targets } of dashboard.panels) for (const { expr } of targets) expressions.push([title, expr]);
const rules = parseYaml(readFileSync(`${root}deploy/prometheus/rules.yml`, 'utf8')) as {
  groups: { rules: { alert: string; expr: string }[] }[];
};
for (const group of rules.groups) for (const { alert, expr } of group.rules) expressions.push([alert, expr]);

describe('dashboard and alerts', () => {
  const exposed = exposedMetrics();
  for (const [source, expression] of expressions) {
    it(`"${source}" asks for metrics that there are`, () => {
      const names = metricsIn(expression).map((name) => name.replace(/_(bucket|sum|count)$/, ''));
      assert.ok(names.length > 0);
      for (const name of names) assert.ok(exposed.has(name), name);
    });
  }

  it('has alerts that promtool accepts', () => {
    const said = execFileSync('promtool', ['check', 'rules', `${root}deploy/prometheus/rules.yml`], {
      encoding: 'utf8',
    });
    assert.match(said, /SUCCESS: \d+ rules found/);
  });
});

import type { PlanView } from '../../shared/wire.ts';
import type { Paint } from './paint.ts';
import { count, cut, fitLine, harmless, padEnd, padStart } from './terminal-text.ts';

const STATEMENTS_SHOWN = 20;

/** The plan page of a terminal: targets by state, groups with their canaries, distinct plans with their statements, what is refused. */
export function renderPlan(
  plan: PlanView,
  { width, paint }: { readonly width: number; readonly paint: Paint },
): string[] {
  const states = Object.entries(plan.states)
    .filter(([, n]) => n > 0)
    .map(([state, n]) => `${state} ${count(n)}`)
    .join('  ');
  const lines = [
    fitLine(
      [
        { text: `plan of ${plan.project}/${plan.env}`, paint: paint.bold },
        { text: `to ${plan.toVersion}` },
        { text: `${count(plan.targets)} targets` },
        { text: states, keep: 1, paint: paint.dim },
      ],
      width,
    ),
    '',
    paint.bold('groups'),
    ...renderGroups(plan, width, paint),
    ...renderThrottles(plan, width, paint),
    '',
    paint.bold(`plans (${plan.plans.length} distinct)`),
    ...plan.plans.flatMap((one) => renderDistinct(one, width, paint)),
  ];
  if (plan.planDigest !== undefined)
    lines.push('', paint.dim(`approve it as  flotilla rollout start … --plan-digest ${plan.planDigest}`));
  if (plan.refused && plan.refused.length > 0) {
    lines.push('', paint.bad(`refused (${count(plan.refused.length)})`));
    for (const one of plan.refused.slice(0, 20))
      lines.push(
        fitLine(
          [
            { text: harmless(one.target) },
            { text: `${one.class} ${one.code}`, keep: 1 },
            { text: harmless(one.message) },
          ],
          width,
          '  ',
        ),
      );
    if (plan.refused.length > 20)
      lines.push(paint.dim(`  and ${count(plan.refused.length - 20)} more; -o json lists them all`));
  }
  if (plan.notes.length > 0) lines.push('', ...plan.notes.map((note) => paint.warn(`note  ${harmless(note)}`)));
  return lines;
}

function renderGroups(plan: PlanView, width: number, paint: Paint): string[] {
  const nameWidth = Math.max(...plan.groups.map((group) => group.name.length), 4);
  const sizeWidth = Math.max(...plan.groups.map((group) => count(group.size).length), 1);
  return plan.groups.flatMap((group) => [
    fitLine(
      [
        { text: padEnd(harmless(group.name), nameWidth) },
        { text: padStart(count(group.size), sizeWidth) },
        { text: harmless((group.targets ?? []).join(', ')), paint: paint.dim },
      ],
      width,
      '  ',
    ),
    ...group.notes.map((note) => paint.warn(cut(`    ${harmless(note)}`, width))),
  ]);
}

function renderThrottles({ throttles = [] }: PlanView, width: number, paint: Paint): string[] {
  if (throttles.length === 0) return [];
  const lines = throttles.map(({ name, group, holds, when, asked }) => {
    const where = asked.length === 0 ? 'its own server' : asked.join(', ');
    const whom = holds === 'host' ? 'its host' : group === undefined ? 'all groups' : `group "${group}"`;
    return fitLine(
      [
        { text: harmless(name) },
        { text: harmless(`holds ${whom} while ${when}`), keep: 1 },
        { text: harmless(`(${where})`), paint: paint.dim },
      ],
      width,
      '  ',
    );
  });
  return ['', paint.bold('throttles'), ...lines];
}

const counted = (n: number, noun: string): string => `${count(n)} ${n === 1 ? noun : `${noun}s`}`;

const checksText = (n: number): string => `${count(n)} ${n === 1 ? 'check' : 'checks'}`;

function renderDistinct(one: PlanView['plans'][number], width: number, paint: Paint): string[] {
  const from = one.from === '' ? 'an empty database' : one.from;
  const what =
    one.files.length > 0
      ? counted(one.files.length, 'file')
      : one.statements.length > 0
        ? counted(one.statements.length, 'statement')
        : 'nothing to do';
  const checks = new Map(one.checks.map(({ file, count: n }) => [file, n]));
  const sum = [...checks.values()].reduce((total, n) => total + n, 0);
  const lines = [
    fitLine(
      [
        { text: `${count(one.count)} ${one.count === 1 ? 'target' : 'targets'} from ${from}`, paint: paint.bold },
        { text: sum === 0 ? what : `${what}, ${checksText(sum)}` },
      ],
      width,
      '  ',
    ),
  ];
  let file = '';
  for (const statement of one.statements.slice(0, STATEMENTS_SHOWN)) {
    if (statement.file !== file) {
      const n = checks.get(statement.file);
      const first = n === undefined ? '' : `  after ${checksText(n)}`;
      lines.push(paint.dim(cut(`    ${harmless(statement.file)}${first}`, width)));
    }
    file = statement.file;
    lines.push(cut(`      ${harmless(statement.sql)}`, width));
    if (statement.lock !== undefined)
      lines.push(paint.warn(cut(`        ${paint.unicode ? '⚠' : '!'} ${harmless(statement.lock)}`, width)));
  }
  if (one.statements.length > STATEMENTS_SHOWN)
    lines.push(
      paint.dim(`      and ${count(one.statements.length - STATEMENTS_SHOWN)} more statements; -o json lists them all`),
    );
  return lines;
}

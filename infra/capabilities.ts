/**
 * Lists the permissions of each function and other role of a stack, from the template. `npm run docs` writes them into
 * docs/capabilities.md, so a wider role shows up in review.
 */
import * as v from 'valibot';
import { intrinsicText } from './intrinsic-text.ts';

export interface Capability {
  /** Logical id of the function, or of a role that belongs to no function. */
  readonly function: string;
  readonly action: string;
  /** For example `StateTable.Arn`, `UndeliveredBucket.Arn/*` or `StateTable.Arn, items of ~weir/sources/*`. */
  readonly resource: string;
}

const oneOrMore = v.pipe(
  v.union([v.string(), v.array(v.unknown()), v.record(v.string(), v.unknown())]),
  v.transform((value) => [value].flat()),
);
const Statement = v.strictObject({
  Effect: v.literal('Allow'),
  Action: oneOrMore,
  Resource: oneOrMore,
  Condition: v.optional(
    v.strictObject({ 'ForAllValues:StringLike': v.strictObject({ 'dynamodb:LeadingKeys': oneOrMore }) }),
  ),
});
const Role = v.object({
  Policies: v.array(v.object({ PolicyDocument: v.object({ Statement: v.array(Statement) }) })),
});
const Template = v.object({
  Resources: v.record(v.string(), v.object({ Type: v.string(), Properties: v.optional(v.unknown()) })),
});
const LambdaFunction = v.object({
  Role: v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) }),
});

export function capabilitiesOf(template: unknown): Capability[] {
  const resources = v.parse(Template, template).Resources;
  const of = (type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type);
  const roles = of('AWS::Lambda::Function').map(([id, { Properties }]): readonly [string, string] => [
    id,
    v.parse(LambdaFunction, Properties).Role['Fn::GetAtt'][0],
  ]);
  const ofFunctions = new Set(roles.map(([, role]) => role));
  const others = of('AWS::IAM::Role').flatMap(([id]) => (ofFunctions.has(id) ? [] : [[id, id] as const]));
  return [...roles, ...others]
    .flatMap(([id, roleId]) =>
      v
        .parse(Role, resources[roleId]?.Properties)
        .Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
        .flatMap(({ Action, Resource, Condition }) => {
          const items = Condition?.['ForAllValues:StringLike']['dynamodb:LeadingKeys'];
          return Resource.flatMap((resource) =>
            Action.map((action) => capability(id, action, resource, items)),
          );
        }),
    )
    .sort(
      (a, b) =>
        a.function.localeCompare(b.function) ||
        a.resource.localeCompare(b.resource) ||
        a.action.localeCompare(b.action),
    );
}

function capability(id: string, action: unknown, of: unknown, items?: readonly unknown[]): Capability {
  const only = items === undefined ? '' : `, items of ${items.join(', ')}`;
  const resource = `${intrinsicText(of).replace(/[<>]/g, '')}${only}`;
  return { function: id, action: String(action), resource };
}

export function capabilityTable(stack: string, capabilities: readonly Capability[]): string {
  const rows = new Map<string, string[]>();
  for (const { function: name, action, resource } of capabilities) {
    const row = `| ${name} | \`${resource}\` |`;
    rows.set(row, [...(rows.get(row) ?? []), `\`${action}\``]);
  }
  return [
    `## ${stack}`,
    '',
    '| function or role | resource | actions |',
    '|---|---|---|',
    ...[...rows].map(([row, actions]) => `${row} ${actions.join(', ')} |`),
    '',
  ].join('\n');
}

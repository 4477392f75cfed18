/** The table of a workload's conditions; nothing where there are none. */
export function conditionRows(
  conditions: readonly { readonly type: string; readonly status: string; readonly reason?: string }[] | undefined,
): string[] {
  if (!conditions?.length) return [];
  return [
    'Conditions:',
    '  Type\tStatus\tReason',
    '  ----\t------\t------',
    ...conditions.map(({ type, status, reason = '' }) => `  ${type} \t${status}\t${reason}`),
  ];
}

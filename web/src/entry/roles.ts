// The words for what somebody may do in a practice, and for what they are to a group.
import { t, type Key } from '../i18n';
import type { AccountRole, CareRole } from '../protocol/types';

export const ROLES: AccountRole[] = ['administrator', 'facilitator', 'supervisor'];
export const PARTS: CareRole[] = ['lead', 'co_facilitator', 'prescriber', 'supervisor'];

const WORD = { administrator: 'colleagues.role.administrator', facilitator: 'colleagues.role.facilitator', supervisor: 'colleagues.role.supervisor' } as const satisfies Record<AccountRole, Key>;
const HELP = { administrator: 'colleagues.role_help.administrator', facilitator: 'colleagues.role_help.facilitator', supervisor: 'colleagues.role_help.supervisor' } as const satisfies Record<AccountRole, Key>;
const PART = { lead: 'team.part.lead', co_facilitator: 'team.part.co_facilitator', prescriber: 'team.part.prescriber', supervisor: 'team.part.supervisor' } as const satisfies Record<CareRole, Key>;

export function roleWord(role: AccountRole): string {
  return t(WORD[role]);
}
export function roleHelp(role: AccountRole): string {
  return t(HELP[role]);
}
export function rolesWords(roles: AccountRole[]): string {
  return roles.map(roleWord).join(', ');
}
export function partWord(part: CareRole): string {
  return t(PART[part]);
}

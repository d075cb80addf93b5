/** The cases of the policies that come with the program: `policy test standard` works wherever the program does. */
import orgBaselineAlone from "../../policies/org-baseline.cases/alone.toml" with { type: "text" };
import orgBaselineExfiltration from "../../policies/org-baseline.cases/exfiltration.toml" with {
  type: "text",
};
import orgBaselineGoesNowhere from "../../policies/org-baseline.cases/goes_nowhere.toml" with {
  type: "text",
};
import orgBaselineNever from "../../policies/org-baseline.cases/never.toml" with { type: "text" };
import orgBaselineRunaway from "../../policies/org-baseline.cases/runaway.toml" with { type: "text" };
import orgBaselineWithLabels from "../../policies/org-baseline.cases/with_labels.toml" with { type: "text" };
import paranoidOutsideText from "../../policies/paranoid.cases/outside_text.toml" with { type: "text" };
import paranoidReads from "../../policies/paranoid.cases/reads.toml" with { type: "text" };
import paranoidRefused from "../../policies/paranoid.cases/refused.toml" with { type: "text" };
import permissiveEverythingPasses from "../../policies/permissive.cases/everything_passes.toml" with {
  type: "text",
};
import standardDestroysAStore from "../../policies/standard.cases/destroys_a_store.toml" with {
  type: "text",
};
import standardHostileArguments from "../../policies/standard.cases/hostile_arguments.toml" with {
  type: "text",
};
import standardMovesMoney from "../../policies/standard.cases/moves_money.toml" with { type: "text" };
import standardOrdinaryWork from "../../policies/standard.cases/ordinary_work.toml" with { type: "text" };
import teamSupportMail from "../../policies/team-support.cases/mail.toml" with { type: "text" };
import teamSupportRefunds from "../../policies/team-support.cases/refunds.toml" with { type: "text" };
import teamSupportTickets from "../../policies/team-support.cases/tickets.toml" with { type: "text" };
import teamSupportUnderTheOrganisation from "../../policies/team-support.cases/under_the_organisation.toml" with {
  type: "text",
};
import temporalCooldowns from "../../policies/temporal.cases/cooldowns.toml" with { type: "text" };
import temporalHowOften from "../../policies/temporal.cases/how_often.toml" with { type: "text" };
import temporalOrder from "../../policies/temporal.cases/order.toml" with { type: "text" };
import temporalPayments from "../../policies/temporal.cases/payments.toml" with { type: "text" };
import temporalWorkingHours from "../../policies/temporal.cases/working_hours.toml" with { type: "text" };

/** The text of one file of cases. */
export interface CaseText {
  /** As diagnostics show it. */
  readonly file: string;
  readonly text: string;
}

/** In the order of the files' names. */
export const BUNDLED_CASES: readonly (CaseText & { readonly policy: string })[] = [
  { policy: "standard", file: "bundled:standard.cases/destroys_a_store.toml", text: standardDestroysAStore },
  {
    policy: "standard",
    file: "bundled:standard.cases/hostile_arguments.toml",
    text: standardHostileArguments,
  },
  { policy: "standard", file: "bundled:standard.cases/moves_money.toml", text: standardMovesMoney },
  { policy: "standard", file: "bundled:standard.cases/ordinary_work.toml", text: standardOrdinaryWork },
  {
    policy: "permissive",
    file: "bundled:permissive.cases/everything_passes.toml",
    text: permissiveEverythingPasses,
  },
  { policy: "paranoid", file: "bundled:paranoid.cases/outside_text.toml", text: paranoidOutsideText },
  { policy: "paranoid", file: "bundled:paranoid.cases/reads.toml", text: paranoidReads },
  { policy: "paranoid", file: "bundled:paranoid.cases/refused.toml", text: paranoidRefused },
  { policy: "temporal", file: "bundled:temporal.cases/cooldowns.toml", text: temporalCooldowns },
  { policy: "temporal", file: "bundled:temporal.cases/how_often.toml", text: temporalHowOften },
  { policy: "temporal", file: "bundled:temporal.cases/order.toml", text: temporalOrder },
  { policy: "temporal", file: "bundled:temporal.cases/payments.toml", text: temporalPayments },
  { policy: "temporal", file: "bundled:temporal.cases/working_hours.toml", text: temporalWorkingHours },
  { policy: "org-baseline", file: "bundled:org-baseline.cases/alone.toml", text: orgBaselineAlone },
  {
    policy: "org-baseline",
    file: "bundled:org-baseline.cases/exfiltration.toml",
    text: orgBaselineExfiltration,
  },
  {
    policy: "org-baseline",
    file: "bundled:org-baseline.cases/goes_nowhere.toml",
    text: orgBaselineGoesNowhere,
  },
  { policy: "org-baseline", file: "bundled:org-baseline.cases/never.toml", text: orgBaselineNever },
  { policy: "org-baseline", file: "bundled:org-baseline.cases/runaway.toml", text: orgBaselineRunaway },
  {
    policy: "org-baseline",
    file: "bundled:org-baseline.cases/with_labels.toml",
    text: orgBaselineWithLabels,
  },
  { policy: "team-support", file: "bundled:team-support.cases/mail.toml", text: teamSupportMail },
  { policy: "team-support", file: "bundled:team-support.cases/refunds.toml", text: teamSupportRefunds },
  { policy: "team-support", file: "bundled:team-support.cases/tickets.toml", text: teamSupportTickets },
  {
    policy: "team-support",
    file: "bundled:team-support.cases/under_the_organisation.toml",
    text: teamSupportUnderTheOrganisation,
  },
];

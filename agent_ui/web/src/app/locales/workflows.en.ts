/** A ticket's way through its workflow. */
export default {
  workflow: {
    title: 'Workflow',
    none: 'The ticket has no workflow.',
    handler: 'Done by',
    roles: { agent: 'an agent', supervisor: 'a supervisor', admin: 'an administrator' },
    entered: 'at this step since',
    within: 'within {time} of business time',
    not_mine: 'Somebody else does this step; take the ticket over first if you have to.',
    lacking: 'To be filled in at the ticket below: {fields}',
    checks: 'Check list',
    visit: 'Agreed time of the visit',
    yes: 'Yes',
    no: 'No',
    save: 'Save what is filled in',
    saved: 'Saved',
    taken: 'Now at “{step}”',
    diagram: 'Diagram',
  },
}

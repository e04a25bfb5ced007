/** A ticket's way through its workflow. */
export default {
  workflow: {
    title: '流程',
    none: '该工单没有流程。',
    handler: '办理：',
    roles: { agent: '坐席', supervisor: '主管', admin: '管理员' },
    entered: '进入环节',
    within: '时限 {time}（工作时间）',
    not_mine: '该环节由他人办理；需要时请先接手工单。',
    lacking: '请先在下方工单中填写：{fields}',
    checks: '检查项',
    visit: '约定上门时间',
    yes: '是',
    no: '否',
    save: '保存环节内容',
    saved: '环节内容已保存',
    taken: '已转到「{step}」',
    diagram: '流程图',
  },
}

/** What the server says and takes: names for the types that are generated from its own description. */

import type { components } from './generated/schema'

type Schemas = components['schemas']

export type Language = 'zh-CN' | 'en'
/** A text that a supervisor wrote in both languages. */
export type BothLanguages = Schemas['Words']

export type Me = Schemas['Me']
export type OwnChange = Schemas['OwnChange']
export type PhoneGrant = Schemas['PhoneCredentials']
export type PhoneChoice = Schemas['ChoosePhone']
export type PhoneKind = Schemas['PhoneKind']
export type DeskPhoneReport = Schemas['DeskPhoneReport']
export type NewDeskPhone = Schemas['NewDeskPhone']
export type AgentStateWish = Schemas['StateWish']['state']

export type Break = Schemas['BreakView']

export type Waiting = Schemas['WaitingView']
export type Left = Schemas['LeftView']
export type BoostWish = Schemas['BoostWish']

export type CustomerBrief = Schemas['CustomerBrief']
export type Customer = Schemas['CustomerView']
export type CustomerLevel = Schemas['Level']

export type ListedCaller = Schemas['ListedView']
export type NewListedCaller = Schemas['NewListed']
export type ImportReport = Schemas['ImportReport']

export type Region = Schemas['RegionView']

export type CallBrief = Schemas['CallBrief']
export type Callback = Schemas['CallbackItem']
export type MissedCaller = Schemas['MissedView']
export type Call = Schemas['CallView']
export type Colleague = Schemas['ColleagueView']
export type Expert = Schemas['ExpertView']
export type FlowBrief = Schemas['FlowView']
export type ConsultWish = Schemas['ConsultWish']
export type ConsultStep = Schemas['ConsultStep']
export type CallOrder = Schemas['CallOrder']
export type RecordingState = Schemas['RecordingState']
export type CallRecording = Schemas['RecordingView']
export type Hearing = Schemas['HearingView']
export type RecordingPeaks = Schemas['PeaksView']
export type Transcript = Schemas['TranscriptView']
export type SpokenCall = Schemas['FoundView']
export type LiveTranscript = Schemas['LiveTranscript']
export type Speech = Schemas['SegmentView']
export type SpokenWord = Schemas['WordView']
export type RecordingPause = Schemas['PauseView']
export type CallRated = Schemas['CallRatedView']
export type NotReached = Schemas['NotReached']
export type WatchMode = Schemas['WatchMode']
export type WatchedCall = Schemas['WatchView']
export type TransferWish = Schemas['TransferWish']
export type Why = Schemas['WhyYou']
export type Offer = Schemas['OfferView']

export type TicketType = Schemas['TicketType']
export type TicketPriority = Schemas['Priority']
export type TicketState = Schemas['TicketView']['state']
export type Finding = Schemas['FindingView']
export type TicketSummary = Schemas['TicketSummary']
export type Ticket = Schemas['TicketView']
export type Deadline = Schemas['DeadlineView']
export type Survey = Schemas['SurveyView']
export type SurveyFigure = Schemas['FigureLine']
export type DeadlineNotice = Schemas['NoticeView']
export type DeadlineNotices = Schemas['DeadlineNotices']
export type TicketWorkflow = Schemas['TicketWorkflow']
export type TicketWorkflowView = Schemas['WorkflowView']
export type WorkflowField = Schemas['StepFieldView']
export type WorkflowWay = Schemas['StepWayView']
export type ContactChannel = Schemas['ContactBody']['channel']
export type Voicemail = Schemas['VoicemailView']
/** A ticket in a narrow list. */
export type TicketBrief = Pick<Schemas['TicketBrief'], 'id' | 'priority' | 'state' | 'title' | 'updated_at'>
export type TicketDraft = Pick<
  Ticket,
  | 'type'
  | 'priority'
  | 'title'
  | 'description'
  | 'department'
  | 'channel'
  | 'category'
  | 'problem'
  | 'severity'
  | 'urgency'
  | 'occurred_at'
  | 'demand'
  | 'product'
  | 'order_number'
  | 'region'
>
export type TicketTimeline = Schemas['TimelineView']
export type TimelineItem = Schemas['TimelineItem']
export type Tenure = Schemas['TenureView']
export type Attachment = Schemas['AttachmentView']
export type NewNote = Schemas['NoteBody']

export interface Page<Item> {
  items: Item[]
  total: number
}

/** What the event socket shows. */
export type RoutingState = Schemas['RoutingState']
export type SiteRecording = Schemas['SiteRecording']
export type LinesState = Schemas['LinesState']
export type VoicesState = Schemas['VoicesState']
export type MyState = Schemas['MyState']
export type PhoneOwner = Schemas['PhoneState']
export type DeskPhone = Schemas['DeskPhoneState']
export type CurrentCall = Schemas['CallCard']
export type QueueFigures = Schemas['QueueRow']
export type AgentFigures = Schemas['AgentCard']

export type FlowLine = Schemas['FlowLine']
export type WrittenFlow = Schemas['WrittenFlow']
export type FlowDraft = Schemas['FlowDraftView']
export type FlowVersion = Schemas['FlowVersionView']
export type FlowProblem = Schemas['ProblemView']
export type FlowDiagram = Schemas['DiagramView']
export type FlowLook = Schemas['LookView']
export type FlowCases = Schemas['CasesText']
export type FlowTest = Schemas['CaseView']
export type TrialCall = Omit<Schemas['TryBody'], 'text'>
export type FlowTraffic = Schemas['FlowTraffic']
export type NodeTraffic = Schemas['NodeTraffic']
export type FlowField = Schemas['FieldView']

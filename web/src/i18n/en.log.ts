// English: the signed log, for those who lead.
export const log = {
  'log.first': 'This browser now watches over the practice’s log',
  'log.fits': 'The practice’s log goes on from where this browser last saw it',
  'log.help':
    'Everything that happens in a room leaves a mark in a signed log, without names or words. This browser keeps the log’s last seal and checks each time you come back that nothing before it was changed. Keep the seal somewhere else too, if you like.',
  'log.size': '{count} marks so far. The log’s own key:',
  'log.download': 'Download the seal',
  'log.alarm': 'The record of this practice does not fit what this browser saw before',
  'log.why.unsigned': 'The server showed a log whose signature is not right.',
  'log.why.other_key': 'The server showed a log that is signed with another key than before.',
  'log.why.shorter': 'The log is shorter than it was when you were here last. Something that was recorded is missing.',
  'log.why.rewritten': 'Something that was recorded before you were here last is not what it was.',
  'log.means':
    'Either the server was brought back from an older copy, or somebody changed or removed what was recorded. Nothing on your side is wrong, and nothing that you did caused it.',
  'log.tell':
    'Download both files now and keep them: together they prove it. Then tell the person responsible for data protection in your practice, and not only whoever runs the server. Ask whether a backup was restored, and when.',
  'log.download_kept': 'Download what this browser kept',
  'log.download_shown': 'Download what the server shows now',
  'log.go_on_help':
    'You can go on: people may be waiting for you. This page comes back each time until it is settled. Begin anew only when you know what happened.',
  'log.go_on': 'Go on for now',
  'log.anew': 'It is settled: begin anew from the present log',
} as const;

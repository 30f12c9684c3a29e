from django.urls import path

from chat import api, api_conversations, api_transcript

urlpatterns = [
    path("channels/<str:channel>/messages", api.ChannelMessages.as_view(), name="api_messages"),
    path("channels/<str:channel>/read", api.ChannelRead.as_view(), name="api_read"),
    path("unread", api.Unread.as_view(), name="api_unread"),
    path("conversations", api_conversations.ConversationList.as_view(), name="api_conversations"),
    path(
        "conversations/<str:conversation>/leave",
        api_conversations.ConversationLeave.as_view(),
        name="api_conversation_leave",
    ),
    path(
        "conversations/<str:conversation>/mute",
        api_conversations.ConversationMute.as_view(),
        name="api_conversation_mute",
    ),
    path(
        "conversations/<str:conversation>/people",
        api_conversations.ConversationPeople.as_view(),
        name="api_conversation_people",
    ),
    path("messages/<str:message>", api.MessageDetail.as_view(), name="api_message"),
    path("rooms/<slug:slug>/transcript.txt", api_transcript.RoomTranscript.as_view(), name="api_transcript"),
    path("rooms/<slug:slug>/transcript.pdf", api_transcript.RoomTranscriptPdf.as_view(), name="api_transcript_pdf"),
    path(
        "conversations/<slug:slug>/transcript.txt",
        api_transcript.ConversationTranscript.as_view(),
        name="api_conversation_transcript",
    ),
    path(
        "conversations/<slug:slug>/transcript.pdf",
        api_transcript.ConversationTranscriptPdf.as_view(),
        name="api_conversation_transcript_pdf",
    ),
    path("transcripts/<str:transcript>", api_transcript.TranscriptMade.as_view(), name="api_transcript_made"),
    path("transcripts/<str:transcript>/file", api_transcript.TranscriptMadeFile.as_view(), name="api_transcript_file"),
]

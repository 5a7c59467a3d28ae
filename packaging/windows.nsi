; Installs ikewhy on Windows for one user, without administrator rights: the Lua edition and the profile where Wireshark looks for them,
; the command below %LOCALAPPDATA%. `setup.exe /S` asks nothing; made by packaging/windows.sh.
;
; What was there before stays: a profile of the user's own, files of the profile that the user changed, folders with anything else in
; them. The profile's files as they were installed are kept beside the command to tell.

Unicode true
Target amd64-unicode
!include LogicLib.nsh

Name "ikewhy ${VERSION}"
Caption "ikewhy ${VERSION} for Wireshark"
BrandingText " "
OutFile "${FROM}/ikewhy-${VERSION}-windows-x86_64-setup.exe"
InstallDir "$LOCALAPPDATA\Programs\ikewhy"
RequestExecutionLevel user
ManifestSupportedOS all
ManifestDPIAware true
SetCompressor /SOLID lzma
ShowInstDetails show
ShowUninstDetails show
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "ikewhy"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "Says why an IPsec negotiation failed"
VIAddVersionKey "CompanyName" "the ikewhy authors"
VIAddVersionKey "LegalCopyright" "GPL-2.0-or-later"

!define APP "Software\Microsoft\Windows\CurrentVersion\Uninstall\ikewhy" ; what Settings > Apps shows
!define PLUGINS "$APPDATA\Wireshark\plugins"
!define PROFILE "$APPDATA\Wireshark\profiles\ikewhy"
!define SHORTCUT "$SMPROGRAMS\ikewhy command prompt.lnk"

Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

!macro Shared UN
; $2 is 1 if the files $0 and $1 are both there and the same.
Function ${UN}Compare
    StrCpy $2 0
    ${IfNot} ${FileExists} $0
    ${OrIfNot} ${FileExists} $1
        Return
    ${EndIf}
    FileOpen $3 $0 r
    FileOpen $4 $1 r
    ${Do}
        FileReadByte $3 $5 ; nothing at the end
        FileReadByte $4 $6
        ${If} $5 != $6
            ${ExitDo}
        ${ElseIf} $5 == ""
            StrCpy $2 1
            ${ExitDo}
        ${EndIf}
    ${Loop}
    FileClose $3
    FileClose $4
FunctionEnd

; Ends, if a program uses the file $0: nothing was changed then.
Function ${UN}CheckUnused
    ${If} ${FileExists} $0
        ClearErrors
        FileOpen $1 $0 a
        ${If} ${Errors}
            MessageBox MB_OK|MB_ICONSTOP "$0 is in use. Close Wireshark (and ikewhy), then start this again." /SD IDOK
            SetErrorLevel 2
            Quit
        ${EndIf}
        FileClose $1
    ${EndIf}
FunctionEnd
!macroend
!insertmacro Shared ""
!insertmacro Shared "un."

!macro CheckUnused UN
    StrCpy $0 "${PLUGINS}\ikewhy-engine.dll"
    Call ${UN}CheckUnused
    StrCpy $0 "$INSTDIR\ikewhy.exe"
    Call ${UN}CheckUnused
!macroend

; A folder that was not there before goes when ikewhy goes, if nothing else is in it then.
!macro MakeFolder PATH NAME
    ${IfNot} ${FileExists} "${PATH}\*.*"
        CreateDirectory "${PATH}"
        WriteRegDWORD HKCU "${APP}" "Made${NAME}" 1
    ${EndIf}
!macroend
!macro RemoveFolder PATH NAME
    ReadRegDWORD $0 HKCU "${APP}" "Made${NAME}"
    ${If} $0 = 1
        RMDir "${PATH}"
    ${EndIf}
!macroend

!macro InstallProfileFile NAME
    StrCpy $0 "${PROFILE}\${NAME}"
    StrCpy $1 "$INSTDIR\profile\${NAME}"
    Call Compare
    ${If} $2 = 1
    ${OrIfNot} ${FileExists} $0
        SetOutPath "${PROFILE}"
        File "lua/profile/${NAME}"
    ${ElseIf} "${NAME}" != "recent"
        DetailPrint "Kept your own $0"
    ${EndIf}
    SetOutPath "$INSTDIR\profile"
    File "lua/profile/${NAME}"
!macroend
!macro RemoveProfileFile NAME
    StrCpy $0 "${PROFILE}\${NAME}"
    StrCpy $1 "$INSTDIR\profile\${NAME}"
    Call un.Compare
    ${If} $2 = 1
        Delete $0
    ${ElseIf} ${FileExists} $0
        StrCpy $7 "kept"
        DetailPrint "Kept your own $0"
    ${EndIf}
    Delete $1
!macroend

Section
    !insertmacro CheckUnused ""
    !insertmacro MakeFolder "$LOCALAPPDATA\Programs" "Programs"
    !insertmacro MakeFolder "$APPDATA\Wireshark" "Settings"
    !insertmacro MakeFolder "${PLUGINS}" "Plugins"
    !insertmacro MakeFolder "$APPDATA\Wireshark\profiles" "Profiles"

    ; A file that cannot be written ends it with an error; the uninstaller is there first, to take away what was.
    SetOutPath "$INSTDIR"
    WriteUninstaller "$INSTDIR\uninstall.exe"
    WriteRegStr HKCU "${APP}" "DisplayName" "ikewhy"
    WriteRegStr HKCU "${APP}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${APP}" "Publisher" "the ikewhy authors"
    WriteRegStr HKCU "${APP}" "DisplayIcon" "$INSTDIR\ikewhy.exe"
    WriteRegStr HKCU "${APP}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKCU "${APP}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr HKCU "${APP}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD HKCU "${APP}" "NoModify" 1
    WriteRegDWORD HKCU "${APP}" "NoRepair" 1
    SectionGetSize 0 $0
    WriteRegDWORD HKCU "${APP}" "EstimatedSize" $0

    File "${FROM}/ikewhy.exe"
    File "${FROM}/README.txt"
    File "${FROM}/COPYING.txt"
    File "${FROM}/LICENSE-MIT.txt"
    File "${FROM}/LICENSE-APACHE.txt"
    ; The installer changes no PATH: it would have to write all of it anew.
    CreateShortcut "${SHORTCUT}" "$SYSDIR\cmd.exe" '/k "set PATH=$INSTDIR;%PATH%&& ikewhy --help"' "$INSTDIR\ikewhy.exe"

    SetOutPath "${PLUGINS}"
    File "${FROM}/lua/ikewhy-engine.dll"
    File "${FROM}/lua/ikewhy.lua"

    ${If} ${FileExists} "${PROFILE}\*.*"
    ${AndIfNot} ${FileExists} "$INSTDIR\profile\*.*"
        DetailPrint "Kept your own profile ${PROFILE}"
    ${Else}
        !insertmacro InstallProfileFile "colorfilters"
        !insertmacro InstallProfileFile "dfilter_buttons"
        !insertmacro InstallProfileFile "preferences"
        !insertmacro InstallProfileFile "recent"
    ${EndIf}
    DetailPrint "Installed. In Wireshark: Help > About Wireshark > Plugins shows ikewhy.lua."
    DetailPrint "The command: Start > ikewhy command prompt, or $INSTDIR\ikewhy.exe"
SectionEnd

Section "Uninstall"
    !insertmacro CheckUnused "un."
    Delete "${PLUGINS}\ikewhy.lua"
    Delete "${PLUGINS}\ikewhy-engine.dll"
    ${If} ${FileExists} "$INSTDIR\profile\*.*"
        StrCpy $7 ""
        !insertmacro RemoveProfileFile "colorfilters"
        !insertmacro RemoveProfileFile "dfilter_buttons"
        !insertmacro RemoveProfileFile "preferences"
        ${If} $7 == "" ; Wireshark's own memory of a profile
            Delete "${PROFILE}\recent"
        ${EndIf}
        Delete "$INSTDIR\profile\recent"
        RMDir "${PROFILE}"
        RMDir "$INSTDIR\profile"
    ${EndIf}
    Delete "${SHORTCUT}"
    Delete "$INSTDIR\ikewhy.exe"
    Delete "$INSTDIR\README.txt"
    Delete "$INSTDIR\COPYING.txt"
    Delete "$INSTDIR\LICENSE-MIT.txt"
    Delete "$INSTDIR\LICENSE-APACHE.txt"
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR"
    !insertmacro RemoveFolder "$APPDATA\Wireshark\profiles" "Profiles"
    !insertmacro RemoveFolder "${PLUGINS}" "Plugins"
    !insertmacro RemoveFolder "$APPDATA\Wireshark" "Settings"
    !insertmacro RemoveFolder "$LOCALAPPDATA\Programs" "Programs"
    DeleteRegKey HKCU "${APP}"
SectionEnd
